"""Which processes may live side by side on one Postgres, and what becomes of one that was away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from state import database as databases
from state.clock import database_now
from state.database import Database, is_away
from state.executors import Executors, NotAlone, executors
from tests.waiting import until

DEAD_AFTER_SECONDS = 2.0
Process = Callable[..., Executors]


@pytest.fixture
async def process(shared_url: str) -> AsyncIterator[Process]:
    """Gives a process of that name, which has to be alone or not."""
    database = await Database.open(shared_url)
    async with database.write() as connection:
        await connection.execute(sa.delete(executors))
    yield lambda me, alone: Executors(database, me, dead_after_seconds=DEAD_AFTER_SECONDS, alone=alone)
    await database.close()


@asynccontextmanager
async def living(process: Executors) -> AsyncIterator[None]:
    async def beat() -> None:
        while True:
            await process.beat()
            await asyncio.sleep(process.beat_seconds)

    await process.join()
    beating = asyncio.create_task(beat())
    yield
    beating.cancel()


@pytest.mark.parametrize("first_alone", [False, True])
@pytest.mark.parametrize("second_alone", [False, True])
async def test_one_that_has_to_be_alone_does_not_begin_beside_another_nor_another_beside_it(
    process: Process, first_alone: bool, second_alone: bool
) -> None:
    second = process("second", alone=second_alone)
    async with living(process("first", alone=first_alone)):
        if not first_alone and not second_alone:
            await second.join()
            return
        with pytest.raises(NotAlone, match=r"another node \(first\) works on this database: .* HARVEST_SANDBOX=modal"):
            await second.join()
        assert not second.surely_alive


async def test_one_that_has_begun_lives_at_once(process: Process) -> None:
    one = process("one", alone=False)
    await one.join()
    assert one.surely_alive


async def test_one_that_was_killed_is_waited_for_and_one_that_was_only_away_does_nothing_beside_who_came_after(
    process: Process,
) -> None:
    away, after = process("away", alone=True), process("after", alone=True)
    await away.join()
    await after.join()  # as soon as nothing was heard of the other one for long enough
    with pytest.raises(NotAlone):
        await away.beat()
    await after.bury_the_dead(lambda dead: asyncio.sleep(0, 0))
    for _ in range(2):
        with pytest.raises(NotAlone):
            await away.beat()
    assert (away.life, away.surely_alive) == (1, False)
    await after.leave()
    await away.beat()
    assert (away.life, away.surely_alive) == (1, True)


async def test_one_that_is_frozen_in_a_transaction_keeps_nobody_from_its_jobs(
    process: Process, shared_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "IDLE_SECONDS", 1)
    database, other = await Database.open(shared_url), process("other", alone=False)
    frozen, gone = Executors(database, "frozen", dead_after_seconds=DEAD_AFTER_SECONDS), list[str]()
    await frozen.join()

    async def take_over(dead: str) -> int:
        gone.append(dead)
        return 0

    async def buried() -> bool:
        await other.bury_the_dead(take_over)
        return gone == ["frozen"]

    async def freeze_and_wake() -> None:
        async with database.write() as connection:
            await connection.execute(sa.update(executors).where(executors.c.id == "frozen").values(seen_at=database_now()))
            async with asyncio.timeout(30):
                await until(buried, "its jobs to be handed out")
            await connection.execute(sa.select(executors.c.id))

    with pytest.raises(DBAPIError) as ended:
        await freeze_and_wake()
    assert is_away(ended.value), "it tries again, and finds that it was taken for dead"
    await database.close()
