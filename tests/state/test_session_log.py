"""A session's log is the same in a file of its own and on Postgres, and whoever reads on misses nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from state import session_files
from state.database import Database
from state.session_log import LogEntry, NewEntry, SessionLogs
from tests.sqlite_file import open_sqlite

PATIENCE_SECONDS = 60.0


@pytest.fixture
async def logs(database: Database) -> AsyncIterator[SessionLogs]:
    logs = await SessionLogs.open(database)
    yield logs
    await logs.close()


def of_the_agent(*positions: int) -> list[NewEntry]:
    return [NewEntry.of_the_agent(position, {"n": position}) for position in positions]


def of_harvest(kind: str, **body: Any) -> list[NewEntry]:
    return [NewEntry(kind, kind, body)]


async def take(logs: SessionLogs, count: int, *, after: int = 0, session: str = "s1") -> list[LogEntry]:
    """So many entries, as one who follows the log gets them."""
    found: list[LogEntry] = []
    async with asyncio.timeout(PATIENCE_SECONDS), aclosing(logs.follow(session, after=after)) as entries:
        async for entry in entries:
            found.append(entry)
            if len(found) == count:
                break
    return found


async def test_what_agent_and_harvest_did_is_in_one_order(logs: SessionLogs) -> None:
    assert await logs.append("s1", "j1", of_harvest("queued", ahead=0)) == [1]
    assert await logs.append("s1", "j1", of_the_agent(0, 100, 200)) == [2, 3, 4]
    assert await logs.append("s1", "j2", of_harvest("queued", ahead=1)) == [5]
    whole = await logs.read("s1")
    assert [(entry.number, entry.job_id, entry.kind) for entry in whole] == [
        (1, "j1", "queued"),
        (2, "j1", "agent"),
        (3, "j1", "agent"),
        (4, "j1", "agent"),
        (5, "j2", "queued"),
    ]
    assert [entry.body for entry in whole[:2]] == [{"ahead": 0}, {"n": 0}]
    assert [entry.position for entry in whole[1:4]] == [0, 100, 200]


async def test_it_is_read_page_by_page_by_job_and_by_author(logs: SessionLogs) -> None:
    await logs.append("s1", "j1", [*of_harvest("queued"), *of_the_agent(0, 1, 2, 3)])
    await logs.append("s1", "j2", [*of_the_agent(0), *of_harvest("ended")])
    first = await logs.read("s1", by="agent", limit=3)
    assert [entry.position for entry in first] == [0, 1, 2]
    assert [entry.job_id for entry in await logs.read("s1", by="agent", after=first[-1].number)] == ["j1", "j2"]
    assert [entry.kind for entry in await logs.read("s1", by="harvest")] == ["queued", "ended"]
    assert [entry.kind for entry in await logs.read("s1", job_id="j2")] == ["agent", "ended"]


async def test_what_is_appended_again_is_there_once_under_its_first_number(logs: SessionLogs) -> None:
    await logs.append("s1", "j1", of_the_agent(0, 10))
    assert await logs.append("s1", "j1", of_the_agent(10, 20)) == [2, 3]
    assert await logs.append("s1", "j1", []) == []
    assert await logs.append("s1", "j1", of_the_agent(20, 20)) == [3, 3]
    assert await logs.append("s1", "j2", of_the_agent(20)) == [4], "another job's has the same key"
    assert [(entry.number, entry.position) for entry in await logs.read("s1")] == [(1, 0), (2, 10), (3, 20), (4, 20)]


async def test_the_last_position_of_a_job_is_known(logs: SessionLogs) -> None:
    assert await logs.last_position("s1", "j1") == 0
    await logs.append("s1", "j1", [*of_the_agent(9, 10, 1_000_000), *of_harvest("ended")])
    await logs.append("s1", "j2", of_the_agent(5))
    assert await logs.last_position("s1", "j1") == 1_000_000


async def test_events_that_no_json_type_takes_are_kept(logs: SessionLogs) -> None:
    event = {"text": "\x00 \ud800", "cost": float("inf")}
    await logs.append("s1", "j1", [NewEntry.of_the_agent(0, event)])
    assert [entry.body for entry in await logs.read("s1")] == [event]


async def test_a_large_batch_is_appended_whole(logs: SessionLogs) -> None:
    batch = of_the_agent(*range(2_500))
    assert await logs.append("s1", "j1", batch) == list(range(1, 2_501))
    assert await logs.append("s1", "j1", batch) == list(range(1, 2_501))


async def test_sessions_count_for_themselves_and_do_not_see_each_other(logs: SessionLogs) -> None:
    await logs.append("s1", "j1", of_the_agent(0, 1))
    assert await logs.append("s2", "j1", of_the_agent(0)) == [1]
    assert len(await logs.read("s1")) == 2


async def test_numbers_go_on_where_old_entries_are_gone(logs: SessionLogs, database: Database) -> None:
    await logs.append("s1", "j1", of_the_agent(0, 1))
    async with logs._files.of("s1") as file, file.write() as connection:
        await connection.execute(sa.text("DELETE FROM session_log"))
    assert await logs.append("s1", "j1", of_the_agent(2)) == [3]


async def test_whoever_follows_it_is_woken_and_reads_on_from_any_number(logs: SessionLogs) -> None:
    await logs.append("s1", "j1", of_the_agent(0, 1))
    following = asyncio.create_task(take(logs, 3, after=1))
    await asyncio.sleep(0)
    await logs.append("s2", "j9", of_the_agent(0))
    await logs.append("s1", "j1", of_harvest("pushed"))
    await logs.append("s1", "j1", of_harvest("ended"))
    assert [entry.kind for entry in await following] == ["agent", "pushed", "ended"]


async def test_whoever_hears_of_all_sessions_is_told_which(logs: SessionLogs) -> None:
    with logs.sessions_with_news() as heard:
        await logs.append("s1", "j1", of_the_agent(0))
        await logs.append("s2", "j2", of_the_agent(0))
        told: set[str] = set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not told >= {"s1", "s2"}:
                news = await heard.take(PATIENCE_SECONDS)
                told |= {"s1", "s2"} if news is None else news  # None is for all: an ear that was just opened says so


async def test_many_who_append_at_once_leave_no_gap_to_whoever_reads_along(url: str) -> None:
    """Each with connections of its own, as processes have them."""
    databases = [await Database.open(url) for _ in range(4 if "postgresql" in url else 1)]
    all_logs = [await SessionLogs.open(database) for database in databases]
    following = [asyncio.create_task(take(logs, 240)) for logs in all_logs]
    await asyncio.gather(
        *(
            all_logs[writer % len(all_logs)].append("s1", f"j{writer}", of_the_agent(position, position + 1))
            for position in range(0, 20, 2)
            for writer in range(12)
        )
    )
    for entries in await asyncio.gather(*following):
        assert [entry.number for entry in entries] == list(range(1, 241))
    for logs, database in zip(all_logs, databases, strict=True):
        await logs.close()
        await database.close()


async def test_another_process_on_postgres_is_heard_at_once(shared_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the look that is taken now and then all the same."""
    monkeypatch.setattr("state.session_log.LOOK_SECONDS", 10 * PATIENCE_SECONDS)
    databases = [await Database.open(shared_url) for _ in range(2)]
    here, there = [await SessionLogs.open(database) for database in databases]
    following = asyncio.create_task(take(here, 2, session="heard"))
    await there.append("heard", "j1", of_harvest("queued"))
    await take(here, 1, session="heard")
    await there.append("heard", "j1", of_harvest("ended"))
    assert [entry.kind for entry in await following] == ["queued", "ended"]
    for logs, database in zip([here, there], databases, strict=True):
        await logs.close()
        await database.close()


async def test_the_sessions_files_that_nobody_uses_are_closed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_files, "KEPT_OPEN", 2)
    database = await open_sqlite(tmp_path)
    logs = await SessionLogs.open(database)
    for _ in range(2):
        await asyncio.gather(*(logs.append(f"s{number}", "j", of_the_agent(0)) for number in range(5)))
    assert len(logs._files._open) == 2
    assert [len(await logs.read(f"s{number}")) for number in range(5)] == [1] * 5
    await logs.close()
    await database.close()


@pytest.mark.parametrize("name", ["", "..", "../s1", "a/b", "s1.db"])
async def test_an_id_that_could_be_a_path_is_refused(logs: SessionLogs, name: str) -> None:
    with pytest.raises(ValueError, match="is no session id"):
        await logs.append(name, "j1", of_the_agent(0))
