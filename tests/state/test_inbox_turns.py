"""Whose turn it is in the inbox: what one process has in hand, others have not, and nobody waits for what is not theirs."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from state.backlog import count_deliveries, parked_deliveries
from state.database import Database
from state.holding import MovedOn, held_by
from state.inbox import LEASE_SECONDS, MAX_ATTEMPTS, Inbox, oldest_handled
from state.inbox_rows import left_behind, next_in_line, next_suspect
from tests.state.deliveries import accept, let_pass, taken


async def test_closing_gives_back_what_is_in_hand_and_nothing_of_another_process(database: Database) -> None:
    leaving, staying = [await Inbox.open(database) for _ in range(2)]
    await accept(leaving, "done")
    (done,) = await leaving.claim()
    await leaving.done(done.number, "handled")
    await accept(leaving, "in hand")
    assert await taken(leaving) == ["in hand"]
    await accept(staying, "elsewhere")
    assert await taken(staying) == ["elsewhere"]

    await leaving.close()

    (given_back,) = await staying.claim()
    assert (given_back.delivery_id, given_back.attempts) == ("in hand", 1)
    await staying.close()


async def test_suspects_are_in_hand_one_at_a_time_and_hold_back_nobody(sqlite_inbox: Inbox) -> None:
    for name in ("died", "died too"):
        await accept(sqlite_inbox, name)
    assert await taken(sqlite_inbox) == ["died", "died too"]
    life = await Inbox.open(sqlite_inbox._database)
    await accept(life, "fresh")
    in_hand = {delivery.delivery_id: delivery for delivery in await life.claim()}
    assert set(in_hand) == {"died", "fresh"}
    await accept(life, "fresh too")
    assert await taken(life) == ["fresh too"]
    await life.done(in_hand["died"].number, "queued")
    assert await taken(life) == ["died too"]
    await life.close()


async def test_a_delivery_that_was_in_hand_with_a_deadly_one_is_handled_before_it(sqlite_inbox: Inbox) -> None:
    await accept(sqlite_inbox, "deadly")
    assert await taken(sqlite_inbox) == ["deadly"]
    second = await Inbox.open(sqlite_inbox._database)
    await accept(second, "beside it")
    assert set(await taken(second)) == {"deadly", "beside it"}
    third = await Inbox.open(sqlite_inbox._database)
    assert await taken(third) == ["beside it"]
    await third.close()


async def test_a_repository_has_one_in_hand_and_repositories_take_turns(inbox: Inbox) -> None:
    for number in range(3):
        for repository in (1, 2, 3):
            await accept(inbox, f"{repository}.{number}", repository_id=repository, thread=number)
    assert await taken(inbox, 2) == ["1.0", "2.0"]
    assert await taken(inbox) == ["3.0"]
    assert await taken(inbox) == []


async def test_a_busy_repository_does_not_silence_the_others(inbox: Inbox) -> None:
    for number in range(40):
        await accept(inbox, f"busy{number}", repository_id=1 + number % 2)
    served: list[str] = []
    await accept(inbox, "idle", repository_id=9)
    while len(served) < 5:
        (delivery,) = await inbox.claim(1)
        served.append(delivery.delivery_id)
        await inbox.done(delivery.number, "queued")
    assert served == ["busy0", "busy1", "idle", "busy2", "busy3"]


async def test_one_that_waits_for_another_try_holds_back_its_own_thread_alone(inbox: Inbox) -> None:
    await accept(inbox, "label #7", repository_id=1, thread=7)
    (label,) = await inbox.claim()
    for name, thread in (("unlabel #7", 7), ("comment #8", 8), ("button", None)):
        await accept(inbox, name, repository_id=1, thread=thread)
    await accept(inbox, "#7 elsewhere", repository_id=2, thread=7)
    await inbox.later(label.number, "GitHub is away", delay=60)
    handled: list[str] = []
    while deliveries := await inbox.claim(1):
        handled += [deliveries[0].delivery_id]
        await inbox.done(deliveries[0].number, "queued")
    assert handled == ["#7 elsewhere", "comment #8", "button"]


async def test_an_urgent_one_overtakes_and_waits_for_its_own_thread_alone(inbox: Inbox) -> None:
    for number in range(5):
        await accept(inbox, f"ask {number}", repository_id=1, thread=7)
    (asked,) = await inbox.claim()
    await accept(inbox, "stop #8", repository_id=1, thread=8, urgent=True)
    await accept(inbox, "stop #7", repository_id=1, thread=7, urgent=True)
    assert await taken(inbox) == ["stop #8"]
    await inbox.done(asked.number, "queued")
    (stop,) = await inbox.claim()
    assert stop.delivery_id == "stop #7"
    assert await taken(inbox) == [], "its thread waits until it is done"


async def test_what_is_slow_to_handle_is_not_handed_out_twice(inbox: Inbox, database: Database) -> None:
    await accept(inbox, "slow")
    assert await taken(inbox) == ["slow"]
    await let_pass(database, LEASE_SECONDS + 1)
    assert await taken(inbox) == []
    assert await inbox.renew() == set()


async def test_what_could_not_be_marked_is_handed_out_again_when_its_lease_has_ended(inbox: Inbox, database: Database) -> None:
    await accept(inbox, "d1")
    (delivery,) = await inbox.claim()
    inbox.let_lease_end(delivery.number)
    assert await taken(inbox) == []
    await let_pass(database, LEASE_SECONDS + 1)
    assert await taken(inbox) == ["d1"]


async def test_to_claim_and_to_forget_read_no_more_than_they_need(sqlite_inbox: Inbox) -> None:
    """Every step is a search in an index: a long line costs as little as a short one."""
    statements: tuple[sa.ClauseElement, ...] = (
        left_behind("me", [1], 0),
        next_suspect(0),
        next_in_line(0, 1, 16),
        oldest_handled(before=0),
    )
    for statement in statements:
        compiled = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
        async with sqlite_inbox._database.read() as connection:
            rows = (await connection.execute(sa.text(f"EXPLAIN QUERY PLAN {compiled}"))).all()
        plan = [str(row[-1]) for row in rows]
        assert not [step for step in plan if step.startswith("SCAN inbox") and "INDEX" not in step], plan


async def test_a_full_hand_does_not_have_to_wait_for_the_next_arrival(inbox: Inbox) -> None:
    for number in range(3):
        await accept(inbox, f"d{number}")
    handed: list[str] = []
    while len(handed) < 3:
        handed += [delivery.delivery_id for delivery in await inbox.claim(1)]
        await asyncio.wait_for(inbox.wait_for_arrival(), 60)
    assert handed == ["d0", "d1", "d2"]


async def test_a_delivery_that_kills_its_process_is_parked_and_the_others_are_handled(sqlite_inbox: Inbox) -> None:
    for name in ("before", "deadly", "after"):
        await accept(sqlite_inbox, name)
    handled: list[str] = []
    killed: list[Inbox] = []  # none of them gets to close
    for _ in range(MAX_ATTEMPTS + 2):
        life = await Inbox.open(sqlite_inbox._database)
        killed.append(life)
        while deliveries := await life.claim():
            for delivery in deliveries:
                if delivery.delivery_id == "deadly":
                    break
                await life.done(delivery.number, "handled")
                handled.append(delivery.delivery_id)
            else:
                continue
            break
    assert handled == ["before", "after"]
    (parked,) = await parked_deliveries(sqlite_inbox._database)
    assert (parked.delivery_id, parked.attempts) == ("deadly", MAX_ATTEMPTS)
    assert "ended without a word" in (parked.error or "")
    for life in killed:
        await life.close()


async def test_on_postgres_a_dead_process_keeps_its_deliveries_until_its_lease_ends(postgres: Any) -> None:
    database = await Database.open(postgres())
    dead, alive = [await Inbox.open(database) for _ in range(2)]
    await accept(dead, "d1")
    assert await taken(dead) == ["d1"]
    assert await taken(alive) == []
    await let_pass(database, LEASE_SECONDS + 1)
    assert await taken(alive) == ["d1"]
    await dead.close()
    await alive.close()
    await database.close()


async def test_on_postgres_a_process_that_was_away_learns_what_others_hold(postgres: Any) -> None:
    database = await Database.open(postgres())
    frozen, awake = [await Inbox.open(database) for _ in range(2)]
    for name in ("d1", "d2"):
        await accept(frozen, name)
    first, second = await frozen.claim()
    await let_pass(database, LEASE_SECONDS - 1)
    assert await frozen.renew() == set()
    await let_pass(database, LEASE_SECONDS - 1)
    assert await taken(awake) == [], "it was renewed"
    await let_pass(database, LEASE_SECONDS)
    assert await taken(awake) == ["d1"], "one suspect at a time"
    assert await frozen.renew() == {first.number, second.number}
    await frozen.close()
    await awake.close()
    await database.close()


async def test_on_postgres_a_process_that_was_stopped_for_longer_than_its_lease_writes_nothing_when_it_wakes(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await Database.open(postgres())
    frozen, awake = [
        await Inbox.open(
            database,
        )
        for _ in range(2)
    ]
    await accept(frozen, "d1")
    (delivery,) = await frozen.claim()
    await frozen.must_hold(delivery.number)  # nothing has to be asked
    asleep = time.monotonic() + LEASE_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: asleep)
    await frozen.must_hold(delivery.number)  # nobody has taken it: it is renewed
    await let_pass(database, LEASE_SECONDS + 1)
    assert await taken(awake) == ["d1"]
    monkeypatch.setattr(time, "monotonic", lambda: asleep + LEASE_SECONDS)
    with held_by(lambda: frozen.must_hold(delivery.number)), pytest.raises(MovedOn):
        await frozen.done(delivery.number, "handled twice")
    assert (await count_deliveries(awake._database)).done == 0
    await frozen.close()
    await awake.close()
    await database.close()


async def test_on_postgres_no_repository_is_in_the_hands_of_two(postgres: Any) -> None:
    database = await Database.open(postgres())
    processes = [await Inbox.open(database) for _ in range(3)]
    for number in range(90):
        await accept(processes[0], f"d{number}", repository_id=number % 4, thread=number % 8)
    held: set[int] = set()
    order: dict[int, list[int]] = {}

    async def handle(inbox: Inbox) -> None:
        while deliveries := await inbox.claim(2):
            for delivery in deliveries:
                assert delivery.repository_id not in held
                held.add(delivery.repository_id)
                order.setdefault(delivery.repository_id, []).append(delivery.number)
            for delivery in deliveries:
                await asyncio.sleep(0)
                held.discard(delivery.repository_id)
                await inbox.done(delivery.number, "queued")

    while (await count_deliveries(processes[0]._database)).waiting:
        await asyncio.gather(*(handle(inbox) for inbox in processes))
    assert all(numbers == sorted(numbers) for numbers in order.values())
    for inbox in processes:
        await inbox.close()
    await database.close()


async def test_a_look_tells_whether_a_claim_may_find_anything(inbox: Inbox) -> None:
    async def anything_due() -> bool:
        async with inbox._database.read() as connection:
            return bool(await connection.scalar(sa.select(inbox.anything_due)))

    assert not await anything_due()
    await accept(inbox, "d1")
    assert await anything_due()
    (delivery,) = await inbox.claim()
    assert not await anything_due(), "it is in hand"
    await inbox.later(delivery.number, "GitHub is away", delay=600)
    assert not await anything_due(), "its time has not come"
    await inbox.later(delivery.number, "GitHub is away", delay=-1)
    assert await anything_due()
    (delivery,) = await inbox.claim()
    await inbox.done(delivery.number, "queued")
    assert not await anything_due()
