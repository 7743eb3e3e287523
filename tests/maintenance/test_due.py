"""Rows that are due, looked after by several nodes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from github_app.maintenance.due import look_after_rows, one_look
from state.becoming_due import BecomingDue
from state.children import Children
from state.database import Database
from state.due_rows import DueRows
from state.issue_notes import IssueNote, IssueNotes
from state.jobs import Jobs
from state.leases import Leases
from state.sessions import Sessions
from state.watches import Watch, Watches
from tests.sqlite_file import open_sqlite
from tests.waiting import PATIENCE_SECONDS
from tests.watches import NEW

Kept = tuple[DueRows[Any], Callable[[], Awaitable[object]]]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await open_sqlite(tmp_path)
    yield database
    await database.close()


async def a_watch(database: Database) -> Kept:
    rows = Watches(database)
    await rows.begin(NEW)
    return rows, lambda: rows.end([NEW.id], "off", by="ada")


async def a_child(database: Database) -> Kept:
    rows = Children(database)
    session = await Sessions(database).open_session(
        installation_id=1, repository_id=2, repository="a/b", thread=1, kind="issue"
    )
    await Jobs(database).add("j", session_id=session.id, installation_id=1, kind="issue", recipe="change/1", ask={})
    await rows.ask("j", "a/api", "Task")
    return rows, lambda: rows.ask_to_stop("j", "ada")


async def a_note(database: Database) -> Kept:
    rows, sessions = IssueNotes(database), Sessions(database)
    session = await sessions.open_session(installation_id=1, repository_id=2, repository="a/b", thread=1, kind="issue")
    await sessions.update(session.id, pull_number=7)
    await rows.owe([IssueNote(session.id, "linear", "ENG-2", "merged", 7, "ENG-2", "ada", time.time(), 0)])
    return rows, lambda: rows.stir(2, 7)


@pytest.mark.parametrize("kept", [a_watch, a_child, a_note])
async def test_what_happens_during_a_look_that_fails_is_looked_after_at_once(
    database: Database, kept: Callable[[Database], Awaitable[Kept]]
) -> None:
    rows, happen = await kept(database)
    (found,) = await rows.due(1)

    async def look(_: Any) -> None:
        await happen()
        raise RuntimeError("GitHub answers with nonsense")

    assert await one_look(Leases(database, "a"), "row", rows, found, look)
    (now,) = await rows.due(1)
    assert rows.failures_of(now) == 1

    async def fail(_: Any) -> None:
        raise RuntimeError("GitHub answers with nonsense")

    assert await one_look(Leases(database, "a"), "row", rows, now, fail)
    assert await rows.due(1) == [], "nothing has happened since"


async def test_a_look_that_fails_counts_once_however_many_nodes_have_found_the_row(database: Database) -> None:
    rows, looks = Watches(database), 0
    await rows.begin(NEW)
    (found,) = await rows.due(1)

    async def look(_: Watch) -> None:
        nonlocal looks
        looks += 1
        raise RuntimeError("GitHub answers with nonsense")

    async def node(name: str) -> None:
        while not await one_look(Leases(database, name), "watch", rows, found, look):
            pass

    await asyncio.gather(node("a"), node("b"), node("c"))
    assert (looks, (await rows.get(found.id)).failures) == (1, 1)


async def test_a_look_that_takes_long_keeps_no_others_from_theirs(database: Database) -> None:
    """As where GitHub has one installation wait for a minute."""
    rows, go_on, seen = Watches(database), asyncio.Event(), asyncio.Queue[str]()

    async def look(watch: Watch) -> None:
        seen.put_nowait(watch.id)
        if watch.installation_id == NEW.installation_id:
            await go_on.wait()
        await rows.looked(watch, again_in=900.0, changes={})

    async with asyncio.timeout(PATIENCE_SECONDS):
        for number in range(6):
            await rows.begin(replace(NEW, id=f"slow{number}", pull_number=number))
        looking = asyncio.create_task(
            look_after_rows(Leases(database, "a"), "watch", rows, look, whose=lambda watch: watch.installation_id)
        )
        slow = {await seen.get(), await seen.get()}
        await rows.begin(replace(NEW, id="other", installation_id=9, repository_id=9))
        assert await seen.get() == "other"
        go_on.set()
        rest = {await seen.get() for _ in range(4)}
    assert slow | rest == {f"slow{number}" for number in range(6)}
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)


async def test_what_another_node_is_at_is_looked_after_when_that_is_over(database: Database) -> None:
    rows, begun, over, refused, seen = Watches(database), asyncio.Event(), asyncio.Event(), asyncio.Event(), asyncio.Event()
    await rows.begin(NEW)

    class Telling(Leases):
        async def while_held(self, *arguments: Any, **named: Any) -> Any:
            result = await super().while_held(*arguments, **named)
            if result is None:
                refused.set()
            return result

    async def be_at_it() -> bool:
        begun.set()
        return await over.wait()

    async def look(watch: Watch) -> None:
        seen.set()
        await rows.looked(watch, again_in=900.0, changes={})

    async with asyncio.timeout(PATIENCE_SECONDS):
        other = asyncio.create_task(Leases(database, "b").while_held(f"watch:{NEW.id}", be_at_it))
        await begun.wait()
        working = [
            asyncio.create_task(look_after_rows(Telling(database, "a"), "watch", rows, look)),
            asyncio.create_task(BecomingDue(database, (rows,)).keep_looking(0.01)),
        ]
        await refused.wait()
        assert not seen.is_set()
        over.set()
        await other
        await seen.wait()
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)
