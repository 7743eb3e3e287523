"""Rows that are due, looked after by several nodes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from github_app.maintenance.due import one_look
from state.database import Database
from state.leases import Leases
from state.watches import Watch, Watches
from tests.state.test_watches import NEW


async def test_a_look_that_fails_counts_once_however_many_nodes_have_found_the_row(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/harvest.db")
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
    await database.close()
