"""One look at all that has become due: who waits for it is woken, whoever made it due, and nobody else is."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from state.becoming_due import BecomingDue
from state.children import Children
from state.database import Database
from state.sqlite import sqlite_path
from state.watches import Watches
from tests.sqlite_file import open_sqlite
from tests.watches import NEW

SOON = 0.3


@asynccontextmanager
async def looking(becoming_due: BecomingDue) -> AsyncIterator[None]:
    task = asyncio.create_task(becoming_due.keep_looking(0.01))
    try:
        async with asyncio.timeout(60):
            yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_what_another_process_has_written_wakes_who_waits_for_it(database: Database) -> None:
    ours, children, theirs = Watches(database), Children(database), Watches(database)
    for_children = asyncio.create_task(children.wait())
    async with looking(BecomingDue(database, (children, ours))):
        waiting = asyncio.create_task(ours.wait())
        await theirs.begin(NEW)
        await waiting
        assert [one.id for one in await ours.due(9)] == ["w1"]
        assert not for_children.done(), "nothing of theirs is due"
    for_children.cancel()


async def test_what_is_written_for_later_wakes_when_its_time_has_come(database: Database) -> None:
    ours, theirs = Watches(database), Watches(database)
    await theirs.begin(NEW)
    await theirs.looked(await theirs.get("w1"), again_in=SOON, changes={})
    async with looking(BecomingDue(database, (ours,))):
        await ours.wait()
        assert [one.id for one in await ours.due(9)] == ["w1"]


async def test_what_stays_due_wakes_again_and_again(database: Database) -> None:
    ours, theirs = Watches(database), Watches(database)
    await theirs.begin(NEW)
    async with looking(BecomingDue(database, (ours,))):
        for _ in range(3):
            await ours.wait()


class NotThereYet:
    """Rows of a table that comes later: to look at them fails."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()

    @property
    def anything_due(self) -> sa.ColumnElement[bool]:
        return sa.exists().select_from(sa.table("comes_later"))

    def wake(self) -> None:
        self.woken.set()


async def test_a_look_that_fails_is_taken_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    database = await open_sqlite(tmp_path)
    rows = NotThereYet()
    async with looking(BecomingDue(database, (rows,))):
        while "no such table: comes_later" not in caplog.text:  # noqa: ASYNC110 - the log sets no event
            await asyncio.sleep(0.01)
        with closing(sqlite3.connect(sqlite_path(database.url))) as connection:
            connection.executescript("CREATE TABLE comes_later (n); INSERT INTO comes_later VALUES (1)")
        await rows.woken.wait()
    await database.close()
