"""Sessions are found by the thread they are on, however many ask at once."""

from __future__ import annotations

import asyncio
import re
import uuid

import pytest

from state.database import Database
from state.sessions import Kind, Session, Sessions


@pytest.fixture
def sessions(database: Database) -> Sessions:
    return Sessions(database)


async def open_thread(sessions: Sessions, thread: int, *, repository_id: int = 1, kind: Kind = "issue") -> Session:
    return await sessions.open_session(
        installation_id=5, repository_id=repository_id, repository="a/b", thread=thread, kind=kind
    )


async def test_an_issue_has_one_session_however_many_open_it_at_once(sessions: Sessions) -> None:
    opened = await asyncio.gather(*(open_thread(sessions, 7) for _ in range(10)))
    assert len({session.id for session in opened}) == 1
    assert await open_thread(sessions, 7) == opened[0]
    assert await sessions.get(opened[0].id) == opened[0]


async def test_a_new_session_has_an_id_for_files_and_branches_and_a_uuid_for_its_agent(sessions: Sessions) -> None:
    session = await open_thread(sessions, 7)
    assert re.fullmatch("[a-z2-7]{16}", session.id)
    assert str(uuid.UUID(session.agent_session_id)) == session.agent_session_id
    assert (session.thread, session.kind, session.pull_number) == (7, "issue", None)


async def test_the_same_number_in_another_repository_is_another_session(sessions: Sessions) -> None:
    first, second = await open_thread(sessions, 7), await open_thread(sessions, 7, repository_id=2)
    assert first.id != second.id


async def test_a_pull_request_belongs_to_the_session_that_opened_it(sessions: Sessions) -> None:
    session = await open_thread(sessions, 7)
    await sessions.update(session.id, pull_number=12)
    found = await sessions.by_thread(1, 12)
    assert found is not None
    assert found.id == session.id
    assert await sessions.by_thread(1, 7) == found
    assert await open_thread(sessions, 12, kind="pull") == found


async def test_a_session_begun_on_a_pull_request_works_on_it(sessions: Sessions) -> None:
    session = await open_thread(sessions, 12, kind="pull")
    assert await sessions.by_thread(1, 12) == session


async def test_an_unknown_thread_has_no_session(sessions: Sessions) -> None:
    await open_thread(sessions, 7)
    assert await sessions.by_thread(1, 8) is None


async def test_an_update_changes_what_it_names_and_nothing_else(sessions: Sessions) -> None:
    before = await open_thread(sessions, 7)
    await sessions.update(before.id, branch="harvest/7-fix")
    await sessions.update(before.id, snapshot_id="snap")
    after = await sessions.get(before.id)
    assert (after.branch, after.snapshot_id) == ("harvest/7-fix", "snap")
    assert (after.base_branch, after.agent_session_id) == (None, before.agent_session_id)
    assert after.updated_at > before.updated_at


async def test_an_unknown_session_is_an_error(sessions: Sessions) -> None:
    with pytest.raises(KeyError, match="no session nope"):
        await sessions.get("nope")
    with pytest.raises(KeyError, match="no session nope"):
        await sessions.update("nope", branch="b")
