"""What jobs have spent adds up to the micro-dollar, and a token is worth nothing once its job has ended."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from state.budgets import Account, JobBudgets, accounts
from state.columns import to_dollars, to_microdollars
from state.database import Database
from state.executors import Executors
from state.jobs import Jobs
from state.sessions import Sessions
from state.usage import Amount, UsageLedger


@pytest.fixture
async def usage(database: Database) -> UsageLedger:
    """A ledger with two jobs of installation 5 and one of installation 6."""
    for job_id, installation in (("one", 5), ("two", 5), ("elsewhere", 6)):
        session = await Sessions(database).open_session(
            installation_id=installation, repository_id=installation, repository="a/b", thread=1, kind="issue"
        )
        await Jobs(database).add(
            job_id, session_id=session.id, installation_id=installation, kind="issue", recipe="change/1", ask={}
        )
    return UsageLedger(database, "a node")


async def held_to(database: Database, job_id: str, limit: int, of: str = "ab") -> None:
    """The job has that token, repeated, and a budget of its own."""
    await Jobs(database).update(job_id, gateway_token_sha256=of * 32)
    own = Account(f"job/{job_id}", "this job", limit_microdollars=limit, set_by="HARVEST_BUDGET_USD")
    await JobBudgets(database).hold(job_id, (await Jobs(database).get(job_id)).session_id, [own])


REQUEST = Amount(
    requests=1, input_tokens=10, output_tokens=20, cache_read_tokens=30, cache_write_tokens=40, cost_microdollars=50
)


async def test_requests_at_the_same_time_all_count(usage: UsageLedger) -> None:
    await asyncio.gather(*(usage.add("one", "opus", REQUEST) for _ in range(20)))
    await usage.add("one", "haiku", REQUEST)
    assert await usage.of_job("one") == Amount(21, 210, 420, 630, 840, 1050)


async def test_what_was_never_used_is_nothing(usage: UsageLedger) -> None:
    assert await usage.of_job("one") == Amount()


async def test_a_token_stands_for_its_jobs_budget_until_the_job_ends(usage: UsageLedger, database: Database) -> None:
    jobs = Jobs(database)
    await held_to(database, "one", 60)
    await usage.add("one", "opus", REQUEST)
    grant = await usage.grant("ab" * 32)
    assert grant is not None
    (budget,) = grant.budgets
    assert (grant.job_id, budget.limit_microdollars, budget.spent_microdollars, grant.open) == ("one", 60, 50, True)
    assert grant.exhausted is None
    await usage.add("one", "haiku", REQUEST)
    grant = await usage.grant("ab" * 32)
    assert grant is not None
    assert grant.exhausted is not None
    await jobs.end("one", "succeeded")
    assert await usage.grant("ab" * 32) is None, "it stands for nothing any more"


async def test_of_requests_at_the_same_time_the_budget_bears_one_above_it(usage: UsageLedger, database: Database) -> None:
    await held_to(database, "one", 100)
    grants = await asyncio.gather(*(usage.reserve("ab" * 32, f"r{number}", "opus", 40) for number in range(16)))
    held = [number for number, grant in enumerate(grants) if grant is not None and grant.reserved]
    assert len(held) == 3
    for number in held:
        await usage.settle(f"r{number}", "one", "opus", REQUEST)
        await usage.settle(f"r{number}", "one", "opus", REQUEST)
    assert await usage.of_job("one") == Amount(3, 30, 60, 90, 120, 150)
    grant = await usage.reserve("ab" * 32, "another", "opus", 1)
    assert grant is not None
    assert not grant.reserved
    assert grant.exhausted == grant.budgets[0]
    assert grant.exhausted.under_way_microdollars == 0


async def test_what_was_under_way_when_harvest_died_counts_as_the_most_at_the_next_start(
    usage: UsageLedger, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await held_to(database, "one", 100)
    await usage.reserve("ab" * 32, "left", "opus", 70)
    node = Executors(database, "a node", dead_after_seconds=60)
    if database.dialect == "postgresql":  # other processes may be at work there, and this one is
        await node.beat()
        assert await usage.settle_left_behind() == 0
        await node.leave()
    assert await UsageLedger(database, "another node").settle_left_behind() == 1
    assert await usage.of_job("one") == Amount(requests=1, cost_microdollars=70)
    await usage.settle("left", "one", "opus", REQUEST)
    assert (await usage.of_job("one")).cost_microdollars == 70


async def test_a_token_without_a_budget_is_never_exhausted(usage: UsageLedger, database: Database) -> None:
    await Jobs(database).update("one", gateway_token_sha256="ab" * 32)
    grant = await usage.grant("ab" * 32)
    assert grant is not None
    assert (grant.budgets, grant.exhausted, grant.full) == ((), None, None)


async def test_a_token_that_was_never_given_out_stands_for_nothing(usage: UsageLedger) -> None:
    assert await usage.grant("cd" * 32) is None


@pytest.mark.parametrize(("dollars", "microdollars"), [(5, 5_000_000), (0.1 + 0.2, 300_000), (0.0000014, 1)])
def test_dollars_become_whole_microdollars(dollars: float, microdollars: int) -> None:
    assert to_microdollars(dollars) == microdollars
    assert to_microdollars(to_dollars(microdollars)) == microdollars


async def test_a_budget_that_jobs_share_bears_one_above_it_and_what_one_spends_is_spent_for_all(
    usage: UsageLedger, database: Database
) -> None:
    day = Account("day/2026-11-29", "this Harvest", "on 2026-11-29 (UTC)", 100, "HARVEST_BUDGET_DAY_USD")
    for job_id, token in (("one", "ab"), ("two", "cd"), ("elsewhere", "ef")):
        await held_to(database, job_id, 1_000, token)
        await JobBudgets(database).hold(job_id, (await Jobs(database).get(job_id)).session_id, [day])

    async def reserve(number: int) -> bool:
        grant = await usage.reserve(("ab", "cd", "ef")[number % 3] * 32, f"r{number}", "opus", 40)
        return grant is not None and grant.reserved

    held = [number for number, reserved in enumerate(await asyncio.gather(*map(reserve, range(18)))) if reserved]
    assert len(held) == 3
    await asyncio.gather(
        *(usage.settle(f"r{number}", ("one", "two", "elsewhere")[number % 3], "opus", REQUEST) for number in held)
    )
    for token in ("ab", "cd", "ef"):
        grant = await usage.reserve(token * 32, "another", "opus", 1)
        assert grant is not None
        assert grant.exhausted is not None
        assert (grant.exhausted.account, grant.exhausted.spent_microdollars) == ("day/2026-11-29", 150)
    spent = await JobBudgets(database).exhausted([day])
    assert (spent is not None, await JobBudgets(database).exhausted([replace(day, limit_microdollars=None)])) == (True, None)


async def test_what_a_session_had_spent_before_it_had_an_account_counts(usage: UsageLedger, database: Database) -> None:
    await usage.add("one", "opus", REQUEST)
    session = (await Jobs(database).get("one")).session_id
    await JobBudgets(database).hold("two", session, [Account(f"session/{session}", "this session", "", 60, "budgets.session")])
    (budget,) = await JobBudgets(database).of_job("two")
    assert budget.spent_microdollars == 50


async def test_accounts_that_nobody_uses_any_more_are_forgotten(usage: UsageLedger, database: Database) -> None:
    budgets = JobBudgets(database)
    await held_to(database, "one", 60)
    await budgets.forget(unused_since=0.0, ended_before=time.time() + 60)
    assert len(await budgets.of_job("one")) == 1, "it is at work"
    await Jobs(database).end("one", "succeeded")
    await budgets.forget(unused_since=time.time() + 60, ended_before=time.time() + 60)
    async with database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(accounts)) == 0
    assert await budgets.of_job("one") == ()
