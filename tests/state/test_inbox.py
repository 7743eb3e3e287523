"""The inbox: accepted means committed, twice is once, and what can't be handled is neither lost nor tried for ever."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from state import arrivals
from state.arrivals import Arrivals, InboxUnavailable
from state.database import Database
from state.inbox import LEASE_SECONDS, MAX_ATTEMPTS, Inbox
from state.row_writers import Accepted, Row


@pytest.fixture
async def inbox(database: Database) -> AsyncIterator[Inbox]:
    inbox = await Inbox.open(database, handler_version=1)
    yield inbox
    await inbox.close()


@pytest.fixture
async def sqlite_inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    database = await Database.open(f"sqlite:///{tmp_path}/harvest.db")
    inbox = await Inbox.open(database, handler_version=1)
    yield inbox
    await inbox.close()
    await database.close()


async def accept(inbox: Inbox, delivery_id: str, domain_key: str | None = None, body: bytes = b"{}") -> Accepted:
    return await inbox.accept(
        delivery_id=delivery_id,
        domain_key=domain_key,
        event="issues",
        action="labeled",
        body=body,
        received_at=time.time(),
    )


async def taken(inbox: Inbox) -> list[str]:
    return [delivery.delivery_id for delivery in await inbox.take()]


async def test_a_delivery_comes_out_as_it_went_in(inbox: Inbox) -> None:
    before = time.time()
    assert await accept(inbox, "d1", "comment:1", b'{"\x00": "\xff"}') == "accepted"
    (delivery,) = await inbox.take()
    assert (delivery.delivery_id, delivery.domain_key, delivery.event, delivery.action, delivery.body) == (
        "d1",
        "comment:1",
        "issues",
        "labeled",
        b'{"\x00": "\xff"}',
    )
    assert before <= delivery.received_at <= time.time()
    assert delivery.attempts == 1


async def test_a_delivery_does_not_wait_for_a_clock_that_was_set_back(inbox: Inbox) -> None:
    in_an_hour = time.time() + 3600
    await inbox.accept(delivery_id="d1", domain_key=None, event="issues", action=None, body=b"{}", received_at=in_an_hour)
    assert await taken(inbox) == ["d1"]


async def test_the_same_delivery_ten_times_at_once_is_accepted_once(inbox: Inbox) -> None:
    answers = await asyncio.gather(*(accept(inbox, "d1") for _ in range(10)))
    assert sorted(answers) == ["accepted"] + ["duplicate"] * 9
    assert await accept(inbox, "d1") == "duplicate"
    assert await inbox.counts() == {"waiting": 1, "parked": 0, "done": 0}


async def test_the_same_request_under_two_delivery_ids_is_accepted_once(inbox: Inbox) -> None:
    first, second = await asyncio.gather(accept(inbox, "d1", "label:7"), accept(inbox, "d2", "label:7"))
    assert (first, second) == ("accepted", "duplicate")
    assert await accept(inbox, "d3", "label:7") == "duplicate"
    assert await taken(inbox) == ["d1"]


async def test_deliveries_without_a_domain_key_are_told_apart_by_their_ids(inbox: Inbox) -> None:
    assert [await accept(inbox, f"d{number}") for number in range(3)] == ["accepted"] * 3


async def test_deliveries_are_handed_out_once_and_in_the_order_of_arrival(inbox: Inbox) -> None:
    await asyncio.gather(*(accept(inbox, f"d{number}") for number in range(30)))
    assert [delivery.delivery_id for delivery in await inbox.take(10)] == [f"d{number}" for number in range(10)]
    assert await taken(inbox) == [f"d{number}" for number in range(10, 30)]
    assert await taken(inbox) == []


async def test_a_row_that_cannot_be_stored_fails_alone(inbox: Inbox) -> None:
    answers = await asyncio.gather(
        accept(inbox, "good"), accept(inbox, "half a surrogate \ud800"), accept(inbox, "fine"), return_exceptions=True
    )
    assert [answers[0], answers[2]] == ["accepted", "accepted"]
    assert isinstance(answers[1], InboxUnavailable)
    assert await taken(inbox) == ["good", "fine"]


async def test_a_client_that_hangs_up_takes_nothing_back(inbox: Inbox) -> None:
    hanging_up, staying = asyncio.create_task(accept(inbox, "d1")), asyncio.create_task(accept(inbox, "d2"))
    await asyncio.sleep(0)
    hanging_up.cancel()
    assert await staying == "accepted"
    assert await taken(inbox) == ["d1", "d2"]


async def test_closing_commits_what_has_arrived_and_accepts_no_more(database: Database) -> None:
    inbox = await Inbox.open(database, handler_version=1)
    arriving = [asyncio.create_task(accept(inbox, f"d{number}")) for number in range(5)]
    await asyncio.sleep(0)
    await inbox.close()
    assert [await task for task in arriving] == ["accepted"] * 5
    with pytest.raises(InboxUnavailable, match="stopping"):
        await accept(inbox, "late")


async def test_closing_gives_back_what_is_in_hand_and_nothing_of_another_process(database: Database) -> None:
    leaving, staying = [await Inbox.open(database, handler_version=1) for _ in range(2)]
    await accept(leaving, "done")
    (done,) = await leaving.take()
    await leaving.done(done.number, "handled")
    await accept(leaving, "in hand")
    assert await taken(leaving) == ["in hand"]
    await accept(staying, "elsewhere")
    assert await taken(staying) == ["elsewhere"]

    await leaving.close()

    (given_back,) = await staying.take()
    assert (given_back.delivery_id, given_back.attempts) == ("in hand", 1)
    await staying.close()


async def test_a_failed_delivery_comes_again_when_its_delay_is_over(inbox: Inbox) -> None:
    for name in ("d1", "d2"):
        await accept(inbox, name)
    first, second = await inbox.take()
    assert await inbox.later(first.number, "GitHub is away", delay=60)
    assert await inbox.later(second.number, "GitHub is away", delay=0)
    await accept(inbox, "d3")
    assert await taken(inbox) == ["d2", "d3"]


async def test_a_delivery_whose_handler_died_is_in_hand_alone(sqlite_inbox: Inbox) -> None:
    for name in ("d1", "d2"):
        await accept(sqlite_inbox, name)
    assert await taken(sqlite_inbox) == ["d1", "d2"]
    life = await Inbox.open(sqlite_inbox._database, handler_version=1)
    await accept(life, "d3")
    (first,) = await life.take()
    assert await life.take() == []
    await life.done(first.number, "queued")
    await asyncio.wait_for(life.wait_for_arrival(60), 5)
    (second,) = await life.take()
    assert await life.later(second.number, "GitHub is away", delay=0)
    assert [first.delivery_id, second.delivery_id, *await taken(life)] == ["d1", "d2", "d2", "d3"]
    await life.close()


async def test_a_delivery_whose_handler_died_waits_until_no_other_is_in_hand(sqlite_inbox: Inbox) -> None:
    for name in ("failed", "died"):
        await accept(sqlite_inbox, name)
    failed, _ = await sqlite_inbox.take()
    await sqlite_inbox.later(failed.number, "GitHub is away", delay=0)
    life = await Inbox.open(sqlite_inbox._database, handler_version=1)
    assert await taken(life) == ["failed"]
    assert await taken(life) == []
    await life.done(failed.number, "queued")
    assert await taken(life) == ["died"]
    await life.close()


async def test_a_full_hand_does_not_have_to_wait_for_the_next_arrival(inbox: Inbox) -> None:
    for number in range(3):
        await accept(inbox, f"d{number}")
    handed: list[str] = []
    while len(handed) < 3:
        handed += [delivery.delivery_id for delivery in await inbox.take(1)]
        await asyncio.wait_for(inbox.wait_for_arrival(60), 5)
    assert handed == ["d0", "d1", "d2"]


async def test_a_delivery_that_keeps_failing_is_parked_for_a_person_to_see(inbox: Inbox) -> None:
    await accept(inbox, "d1")
    for attempt in range(1, MAX_ATTEMPTS + 1):
        (delivery,) = await inbox.take()
        assert delivery.attempts == attempt
        assert await inbox.later(delivery.number, f"failed \x00 {attempt}", delay=0) == (attempt < MAX_ATTEMPTS)
    assert await taken(inbox) == []
    (parked,) = await inbox.parked()
    assert (parked.delivery_id, parked.error) == ("d1", f"failed \ufffd {MAX_ATTEMPTS}")
    assert await inbox.counts() == {"waiting": 0, "parked": 1, "done": 0}


async def test_a_delivery_that_kills_its_process_is_parked_and_the_others_are_handled(sqlite_inbox: Inbox) -> None:
    for name in ("before", "deadly", "after"):
        await accept(sqlite_inbox, name)
    handled: list[str] = []
    killed: list[Inbox] = []  # none of them gets to close
    for _ in range(MAX_ATTEMPTS + 2):
        life = await Inbox.open(sqlite_inbox._database, handler_version=1)
        killed.append(life)
        while deliveries := await life.take():
            for delivery in deliveries:
                if delivery.delivery_id == "deadly":
                    break
                await life.done(delivery.number, "handled")
                handled.append(delivery.delivery_id)
            else:
                continue
            break
    assert handled == ["before", "after"]
    (parked,) = await sqlite_inbox.parked()
    assert (parked.delivery_id, parked.attempts) == ("deadly", MAX_ATTEMPTS)
    assert "ended without a word" in (parked.error or "")
    for life in killed:
        await life.close()


async def test_on_postgres_a_dead_process_keeps_its_deliveries_until_its_lease_ends(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await Database.open(postgres())
    dead, alive = [await Inbox.open(database, handler_version=1) for _ in range(2)]
    await accept(dead, "d1")
    assert await taken(dead) == ["d1"]
    assert await taken(alive) == []
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + LEASE_SECONDS + 1)
    assert await taken(alive) == ["d1"]
    await dead.close()
    await alive.close()
    await database.close()


async def test_history_is_handled_again_by_newer_code_and_by_no_other(database: Database) -> None:
    old, new = [await Inbox.open(database, handler_version=version) for version in (1, 2)]
    for name in ("done", "parked", "done by the new"):
        await accept(old, name)
    done, parked, by_new = await old.take()
    await old.done(done.number, "ignored: unknown verb")
    await old.park(parked.number, "a bug")
    await new.done(by_new.number, "queued")
    assert await old.reopen() == 1  # what was parked; version 1 has nothing new to say of the rest
    assert await taken(old) == ["parked"]
    assert await new.reopen() == 1
    assert await taken(new) == ["done"]
    await old.close()
    await new.close()


async def test_done_deliveries_are_forgotten_when_they_are_old(inbox: Inbox) -> None:
    for name in ("d1", "d2"):
        await accept(inbox, name)
    first, _ = await inbox.take()
    await inbox.done(first.number, "queued")
    assert await inbox.purge(older_than_days=1) == 0
    assert await inbox.purge(older_than_days=-1) == 1
    assert await inbox.counts() == {"waiting": 1, "parked": 0, "done": 0}


async def test_an_unknown_delivery_is_an_error(inbox: Inbox) -> None:
    with pytest.raises(KeyError, match="no delivery number 404"):
        await inbox.done(404, "queued")


async def test_waiting_for_an_arrival_ends_with_one_and_after_the_time_limit(inbox: Inbox) -> None:
    await inbox.wait_for_arrival(0.01)
    waiting = asyncio.create_task(inbox.wait_for_arrival(20))
    await accept(inbox, "d1")
    async with asyncio.timeout(5):
        await waiting
    assert await taken(inbox) == ["d1"]


@contextmanager
def disk_full_above(size: int) -> Iterator[None]:
    """No file of this process can grow beyond this many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_is_an_error_for_the_sender_and_loses_nothing(sqlite_inbox: Inbox) -> None:
    assert await accept(sqlite_inbox, "before") == "accepted"
    with disk_full_above(2_000_000):
        answers = await asyncio.gather(
            *(accept(sqlite_inbox, f"big{number}", body=b"x" * 1_000_000) for number in range(4)), return_exceptions=True
        )
    assert [type(answer) for answer in answers] == [InboxUnavailable] * 4 or "accepted" in answers
    refused = [number for number, answer in enumerate(answers) if isinstance(answer, InboxUnavailable)]
    assert refused
    assert await accept(sqlite_inbox, f"big{refused[0]}") == "accepted"
    assert await accept(sqlite_inbox, "after") == "accepted"
    assert set(await taken(sqlite_inbox)) == {
        "before",
        "after",
        f"big{refused[0]}",
        *(f"big{number}" for number, answer in enumerate(answers) if answer == "accepted"),
    }


async def test_a_locked_database_is_an_error_in_time_and_a_long_line_is_one_at_once(
    sqlite_inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(arrivals, "MAX_WAITING_ROWS", 2)
    monkeypatch.setattr(arrivals, "MAX_WAITING_BYTES", 1000)
    holder = sqlite3.connect(tmp_path / "harvest.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    first = asyncio.create_task(accept(sqlite_inbox, "d0"))
    await asyncio.sleep(0)
    while sqlite_inbox._arrivals._line:  # noqa: ASYNC110 - until the writer has it in hand
        await asyncio.sleep(0)
    with pytest.raises(InboxUnavailable, match="waiting to be stored"):
        await accept(sqlite_inbox, "huge", body=b"x" * 1001)
    in_line = [asyncio.create_task(accept(sqlite_inbox, f"d{number}")) for number in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(InboxUnavailable, match="2 deliveries are waiting"):
        await accept(sqlite_inbox, "d3")
    for waiting in (first, *in_line):
        with pytest.raises(InboxUnavailable, match=r"longer than 0\.2 s"):
            await waiting
    holder.execute("ROLLBACK")
    holder.close()
    monkeypatch.setattr(arrivals, "ANSWER_SECONDS", 8)
    while (await sqlite_inbox.counts())["waiting"] < 3:  # noqa: ASYNC110 - what its senders had given up on is stored all the same
        await asyncio.sleep(0.01)
    for number in range(4, 8):
        assert await accept(sqlite_inbox, f"d{number}", body=b"x" * 600) == "accepted"


async def test_what_arrives_during_a_commit_shares_the_next_one() -> None:
    class SlowDisk:
        def __init__(self) -> None:
            self.commits: list[int] = []
            self.writing, self.free = asyncio.Event(), asyncio.Event()

        async def write(self, rows: Sequence[Row]) -> list[Accepted | Exception]:
            self.commits.append(len(rows))
            self.writing.set()
            await self.free.wait()
            return ["accepted"] * len(rows)

        async def close(self) -> None:
            return

    disk = SlowDisk()
    line = Arrivals(disk, asyncio.Event())
    line.start()
    storing = [asyncio.create_task(line.store({"body": b""}))]
    await asyncio.wait_for(disk.writing.wait(), 5)
    storing += [asyncio.create_task(line.store({"body": b""})) for _ in range(20)]
    await asyncio.sleep(0)
    disk.free.set()
    assert [await task for task in storing] == ["accepted"] * 21
    assert disk.commits == [1, 20]
    await line.close()
