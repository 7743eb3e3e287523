"""One run of Harvest's own at a time in a job and no more than so many, while its agent is at work; and what was seen in
shells is there once."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from state.database import Database
from state.evidence_ledger import MAX_SEEN, STALE_SECONDS, EvidenceLedger, NotBegun
from state.jobs import Jobs
from state.sessions import Sessions

TREE = "a" * 40


@pytest.fixture
async def ledger(database: Database) -> EvidenceLedger:
    """That of the job `j`, whose agent is at work."""
    session = await Sessions(database).open_session(
        installation_id=1, repository_id=2, repository="a/b", thread=1, kind="issue"
    )
    jobs = Jobs(database)
    await jobs.add("j", session_id=session.id, installation_id=1, kind="issue", recipe="change/1", ask={})
    await jobs.update("j", gateway_token_sha256="ab" * 32)
    return EvidenceLedger(database)


async def begin(ledger: EvidenceLedger, *, most: int = 3) -> int | NotBegun:
    return await ledger.begin("j", "make test", whole=True, at=1.0, most=most)


async def test_of_runs_at_the_same_time_one_begins_and_a_job_has_so_many(ledger: EvidenceLedger) -> None:
    begun = await asyncio.gather(*(begin(ledger) for _ in range(4)))

    assert sorted(map(str, begun)) == ["1", "busy", "busy", "busy"]
    assert await ledger.renew("j", 1, tree=TREE)
    assert await ledger.goes_on("j")
    assert await ledger.finish("j", 1, at=2.0, exit_code=1, tree_after=TREE, failed=["test_a"])
    assert not await ledger.finish("j", 1, at=3.0, exit_code=0), "what was written first stays"
    (run,) = await ledger.of_job("j")
    assert (run.exit_code, run.ended_at, run.tree, run.tree_after, run.failed) == (1, 2.0, TREE, TREE, ["test_a"])
    assert await begin(ledger) == 2
    await ledger.finish("j", 2, at=3.0, exit_code=0)
    assert await begin(ledger, most=2) == "spent"


async def test_no_run_is_begun_for_an_agent_that_is_not_at_work_and_one_that_is_given_up_is_over(
    ledger: EvidenceLedger, database: Database
) -> None:
    assert await begin(ledger) == 1
    await Jobs(database).update("j", gateway_token_sha256=None)
    assert await begin(ledger) == "over"
    await ledger.give_up("j", at=2.0)
    assert not await ledger.goes_on("j")
    assert not await ledger.renew("j", 1)
    await Jobs(database).update("j", gateway_token_sha256="cd" * 32)
    await Jobs(database).request_stop("j", by="mira", why="command")
    assert await begin(ledger) == "over"


async def test_a_run_whose_process_died_keeps_nobody_from_the_next_one(ledger: EvidenceLedger, database: Database) -> None:
    assert await begin(ledger) == 1
    async with database.write() as connection:
        await connection.execute(sa.text("UPDATE evidence SET renewed_at = renewed_at - :ago"), {"ago": STALE_SECONDS + 1})

    assert not await ledger.goes_on("j")
    assert await begin(ledger) == 2
    assert not await ledger.renew("j", 1), "it learns that it is over"


async def test_what_was_seen_is_there_once_and_the_latest_of_it_are_kept(ledger: EvidenceLedger, database: Database) -> None:
    for number in (*range(1, MAX_SEEN + 3), 5, MAX_SEEN + 2):
        await ledger.saw("j", number, f"pytest \x00{number}", at=float(number), exit_code=0, code_of="test", tree=TREE)

    runs = await ledger.of_job("j")
    assert [run.number for run in runs] == list(range(3, MAX_SEEN + 3))
    assert await ledger.forget(ended_before=2.0**40) == 0
    await Jobs(database).end("j", "succeeded")
    assert await ledger.forget(ended_before=2.0**40) == MAX_SEEN
