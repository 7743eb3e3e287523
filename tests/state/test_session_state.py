"""A session's own state is the same in a file of its own and on Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.columns import storable
from state.database import Database
from state.session_state import Message, SessionState
from tests.sqlite_file import open_sqlite


@pytest.fixture
async def session(database: Database) -> AsyncIterator[SessionState]:
    async with await SessionState.open(database, "s1") as session:
        yield session


async def test_a_prompt_without_a_conversation_stands_alone(session: SessionState) -> None:
    assert await session.build_context_prompt("Fix it.") == "Fix it."


async def test_a_prompt_follows_the_conversation(session: SessionState) -> None:
    await session.add_exchange("Fix the parser.", "Fixed in\nparser.py.")
    assert await session.build_context_prompt("Also the lexer.") == (
        "Previous conversation:\nuser: Fix the parser.\nassistant: Fixed in\nparser.py.\n\nUser: Also the lexer."
    )


async def test_a_prompt_follows_the_last_ten_messages_oldest_first(session: SessionState) -> None:
    for number in range(7):
        await session.add_exchange(f"q{number}", f"a{number}")
    expected = "\n".join(f"user: q{number}\nassistant: a{number}" for number in range(2, 7))
    assert await session.build_context_prompt("next") == f"Previous conversation:\n{expected}\n\nUser: next"


async def test_a_job_adds_its_exchange_once_however_often_it_says_so(session: SessionState) -> None:
    for _ in range(2):
        await session.add_exchange("q", "a", job_id="j1")
    await session.add_exchange("q", "a", job_id="j2")
    assert [message.content for message in await session.conversation()] == ["q", "a", "q", "a"]


async def test_hostile_text_is_kept_as_far_as_a_database_can(session: SessionState) -> None:
    await session.add_exchange("nul \x00 half \ud800 pair", "'; DROP TABLE session_messages; -- ✂ 🏳️‍🌈")
    contents = [message.content for message in await session.conversation()]
    assert contents == ["nul \ufffd half \ufffd pair", "'; DROP TABLE session_messages; -- ✂ 🏳️‍🌈"]


async def test_sessions_do_not_see_each_other(database: Database, session: SessionState) -> None:
    await session.add_exchange("q", "a")
    async with await SessionState.open(database, "s2") as other:
        assert await other.conversation() == []


async def test_a_session_opened_again_remembers(database: Database) -> None:
    for answer in ("one", "two"):
        async with await SessionState.open(database, "s1") as session:
            await session.add_exchange("q", answer)
    async with await SessionState.open(database, "s1") as session:
        messages = await session.conversation()
    assert [message.content for message in messages] == ["q", "one", "q", "two"]
    assert isinstance(messages[0], Message)
    assert messages[0].role == "user"


async def test_each_session_has_a_private_file_of_its_own(tmp_path: Path) -> None:
    database = await open_sqlite(tmp_path)
    async with await SessionState.open(database, "s1"):
        assert {file.name for file in (tmp_path / "sessions").glob("*.db")} == {"s1.db"}
        assert (tmp_path / "sessions" / "s1.db").stat().st_mode & 0o777 == 0o600
    await database.close()


@pytest.mark.parametrize("name", ["", "..", "../s1", "a/b", "a\\b", "s1\n", "s1.db", "\x00", "é", "x" * 65])
async def test_an_id_that_could_be_a_path_is_refused(database: Database, name: str) -> None:
    with pytest.raises(ValueError, match="is no session id"):
        await SessionState.open(database, name)


@given(st.text(st.characters(codec=None)))
def test_storable_text_can_be_encoded_and_good_text_is_left_alone(text: str) -> None:
    stored = storable(text)
    stored.encode()
    assert "\x00" not in stored
    assert storable(stored) == stored
    if "\x00" not in text and not any(0xD800 <= ord(character) < 0xE000 for character in text):
        assert stored == text
