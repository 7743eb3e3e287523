"""A lease is one node's at a time, also when a node dies or is away for longer than it."""

from __future__ import annotations

import asyncio

import pytest

from state.database import Database
from state.leases import LeaseLost, Leases
from tests.waiting import until

LONG = 3600.0
OVER = 0.0


async def test_one_node_has_a_lease_at_a_time_and_may_renew_it(database: Database) -> None:
    a, b = Leases(database, "a"), Leases(database, "b")
    first = await asyncio.gather(a.take("look", LONG), b.take("look", LONG))
    assert sorted(first) == [False, True]
    holder, other = (a, b) if first[0] else (b, a)
    assert await holder.take("look", LONG)
    assert not await other.take("look", LONG)
    assert await other.take("another look", LONG)


async def test_a_lease_that_is_over_is_taken_by_another_node_and_not_renewed(database: Database) -> None:
    a, b = Leases(database, "a"), Leases(database, "b")
    assert await a.take("look", OVER)
    assert await b.take("look", LONG)
    assert not await a.take("look", LONG)
    await a.release("look")  # no longer its to give back
    assert not await a.take("look", LONG)


async def test_what_is_given_back_may_be_taken_at_once_or_after_its_rest(database: Database) -> None:
    a, b = Leases(database, "a"), Leases(database, "b")
    assert await a.take("look", LONG)
    assert LONG - 60 < await b.free_in("look") <= LONG
    await a.release("look")
    assert await b.free_in("look") <= 0
    assert await b.take("look", LONG)
    await b.release("look", rest=LONG)
    assert not await a.take("look", LONG)
    assert not await b.take("look", LONG)
    assert await a.free_in("never taken") == 0
    assert await a.take("look", LONG, at_rest=True)
    assert not await b.take("look", LONG, at_rest=True)


async def test_work_under_a_lease_keeps_it_until_it_is_done(database: Database) -> None:
    a, b = Leases(database, "a"), Leases(database, "b")
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work() -> str:
        begun.set()
        await go_on.wait()
        return "done"

    working = asyncio.create_task(a.while_held("look", work, seconds=LONG))
    await begun.wait()
    assert await b.while_held("look", work) is None
    go_on.set()
    assert await working == "done"
    assert await b.while_held("look", work, rest=LONG) == "done"
    assert await a.while_held("look", work) is None


async def test_work_is_cancelled_when_its_lease_is_anothers(database: Database) -> None:
    """Renewed every quarter of its time, of which there is none left here."""
    a, b = Leases(database, "a"), Leases(database, "b")
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    working = asyncio.create_task(a.while_held("look", work, seconds=OVER))
    await begun.wait()
    await until(lambda: b.take("look", LONG), "the lease to be free")
    with pytest.raises(LeaseLost):
        await working
    assert cancelled.is_set()
    assert not await a.take("look", LONG)


async def test_what_goes_wrong_under_a_lease_gives_it_back(database: Database) -> None:
    a, b = Leases(database, "a"), Leases(database, "b")

    async def work() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await a.while_held("look", work, seconds=LONG)
    assert await b.take("look", LONG)
