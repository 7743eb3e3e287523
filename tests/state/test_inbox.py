"""The inbox: accepted means committed, twice is once, and what can't be handled is neither lost nor tried for ever."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from state import arrivals
from state import inbox as inbox_module
from state.arrivals import Arrivals, InboxUnavailable
from state.backlog import Backlog, Counts, count_deliveries, parked_deliveries, read_backlog
from state.database import Database
from state.inbox import MAX_ATTEMPTS, Inbox
from state.row_writers import Accepted, Row
from tests.state.deliveries import accept, taken
from tests.waiting import until


async def test_a_delivery_comes_out_as_it_went_in(inbox: Inbox) -> None:
    before = time.time()
    assert await accept(inbox, "d1", "comment:1", b'{"\x00": "\xff"}') == "accepted"
    (delivery,) = await inbox.claim()
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
    assert await count_deliveries(inbox._database) == Counts(waiting=1, parked=0, done=0)


async def test_the_same_request_under_two_delivery_ids_is_accepted_once(inbox: Inbox) -> None:
    first, second = await asyncio.gather(accept(inbox, "d1", "label:7"), accept(inbox, "d2", "label:7"))
    assert (first, second) == ("accepted", "duplicate")
    assert await accept(inbox, "d3", "label:7") == "duplicate"
    assert await taken(inbox) == ["d1"]


async def test_what_was_accepted_is_known_by_its_key_and_by_how_it_came(inbox: Inbox) -> None:
    await accept(inbox, "looked-1", "label/1")
    assert await inbox.known(["label/0", "label/1"])
    assert await inbox.known(["label/1"], delivered_as="looked-")
    assert not await inbox.known(["label/1"], delivered_as="l_oked-"), "not a pattern"
    assert not await inbox.known(["label/2"])


async def test_deliveries_without_a_domain_key_are_told_apart_by_their_ids(inbox: Inbox) -> None:
    assert [await accept(inbox, f"d{number}") for number in range(3)] == ["accepted"] * 3


async def test_deliveries_are_handed_out_once_and_in_the_order_of_arrival(inbox: Inbox) -> None:
    await asyncio.gather(*(accept(inbox, f"d{number}") for number in range(30)))
    assert [delivery.delivery_id for delivery in await inbox.claim(10)] == [f"d{number}" for number in range(10)]
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
    inbox = await Inbox.open(database)
    arriving = [asyncio.create_task(accept(inbox, f"d{number}")) for number in range(5)]
    await asyncio.sleep(0)
    await inbox.close()
    assert [await task for task in arriving] == ["accepted"] * 5
    with pytest.raises(InboxUnavailable, match="stopping"):
        await accept(inbox, "late")


async def test_a_failed_delivery_comes_again_when_its_delay_is_over(inbox: Inbox) -> None:
    for name in ("d1", "d2"):
        await accept(inbox, name)
    first, second = await inbox.claim()
    assert await inbox.later(first.number, "GitHub is away", delay=60)
    assert await inbox.later(second.number, "GitHub is away", delay=0)
    await accept(inbox, "d3")
    assert set(await taken(inbox)) == {"d2", "d3"}


async def test_what_is_withdrawn_is_not_handed_out(inbox: Inbox) -> None:
    for name, repository, thread in (("ask", 1, 7), ("other thread", 1, 8), ("other repository", 2, 7)):
        await accept(inbox, name, repository_id=repository, thread=thread)
    await accept(inbox, "stop", repository_id=1, thread=7, urgent=True)
    await accept(inbox, "afterwards", repository_id=1, thread=7)
    stop = next(delivery for delivery in await inbox.claim() if delivery.delivery_id == "stop")
    assert await inbox.withdraw_before(stop, "stopped before it began") == 1
    await inbox.done(stop.number, "stopped")
    await inbox.withdraw_before(stop, "stopped before it began")
    assert await taken(inbox) == ["other thread"]
    assert await count_deliveries(inbox._database) == Counts(waiting=3, parked=0, done=2)


async def test_what_waits_is_counted_with_its_oldest(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    assert await read_backlog(inbox._database) == Backlog(waiting=0, oldest_received_at=None, parked=0)
    for name in ("done", "first", "second", "parked"):
        await accept(inbox, name)
    done, first, _, parked = await inbox.claim()
    await inbox.done(done.number, "queued")
    await inbox.park(parked.number, "a bug")
    assert await read_backlog(inbox._database) == Backlog(waiting=2, oldest_received_at=first.received_at, parked=1)
    assert "delivery parked (issues.labeled, repository" in caplog.text


async def test_a_delivery_that_keeps_failing_is_parked_for_a_person_to_see(inbox: Inbox) -> None:
    await accept(inbox, "d1")
    for attempt in range(1, MAX_ATTEMPTS + 1):
        (delivery,) = await inbox.claim()
        assert delivery.attempts == attempt
        assert await inbox.later(delivery.number, f"failed \x00 {attempt}", delay=0) == (attempt < MAX_ATTEMPTS)
    assert await taken(inbox) == []
    (parked,) = await parked_deliveries(inbox._database)
    assert (parked.delivery_id, parked.error) == ("d1", f"failed \ufffd {MAX_ATTEMPTS}")
    assert await count_deliveries(inbox._database) == Counts(waiting=0, parked=1, done=0)


async def test_what_was_handled_keeps_no_body(sqlite_inbox: Inbox) -> None:
    for name in ("done", "withdrawn", "stop", "parked"):
        await accept(sqlite_inbox, name, body=b"x" * 1_000, repository_id=1, thread=7, urgent=name == "stop")
    (stop,) = await sqlite_inbox.claim()
    assert await sqlite_inbox.withdraw_before(stop, "stopped") == 2
    await sqlite_inbox.done(stop.number, "stopped")
    (parked,) = await sqlite_inbox.claim()
    await sqlite_inbox.park(parked.number, "a bug")

    async with sqlite_inbox._database.read() as connection:
        rows = await connection.execute(sa.text("SELECT delivery_id, length(body) FROM inbox"))

    assert dict(rows.all()) == {"done": 0, "withdrawn": 0, "stop": 0, "parked": 1_000}


async def test_done_deliveries_are_forgotten_when_they_are_old(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "FORGET_ROWS", 2)
    for name in ("d1", "d2", "d3", "d4"):
        await accept(inbox, name)
    *done, parked = (await inbox.claim())[:3]
    for each in done:
        await inbox.done(each.number, "queued")
    await inbox.park(parked.number, "a bug")
    assert await inbox.forget(older_than_days=1) == 0
    assert await inbox.forget(older_than_days=-1) == 3
    assert await count_deliveries(inbox._database) == Counts(waiting=1, parked=0, done=0)


async def test_an_unknown_delivery_is_an_error(inbox: Inbox) -> None:
    with pytest.raises(KeyError, match="no delivery number 404"):
        await inbox.done(404, "queued")


async def test_waiting_for_an_arrival_ends_with_one(inbox: Inbox) -> None:
    waiting = asyncio.create_task(inbox.wait_for_arrival())
    await accept(inbox, "d1")
    async with asyncio.timeout(60):
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
    await until(lambda: not sqlite_inbox._arrivals._line, "the writer to have it in hand")
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

    async def stored_all_the_same() -> bool:
        return (await count_deliveries(sqlite_inbox._database)).waiting == 3

    await until(stored_all_the_same, "what its senders had given up on")
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
    await asyncio.wait_for(disk.writing.wait(), 60)
    storing += [asyncio.create_task(line.store({"body": b""})) for _ in range(20)]
    await asyncio.sleep(0)
    disk.free.set()
    assert [await task for task in storing] == ["accepted"] * 21
    assert disk.commits == [1, 20]
    await line.close()
