"""What jobs took, added up by session and repository."""

from __future__ import annotations

import pytest

from state.costs import Costs
from state.database import Database
from state.jobs import Jobs
from state.sessions import Sessions
from state.usage import Amount, UsageLedger


async def a_job(database: Database, job_id: str, *, repository_id: int, thread: int) -> str:
    session = await Sessions(database).open_session(
        installation_id=1, repository_id=repository_id, repository="acme/slugs", thread=thread, kind="issue"
    )
    await Jobs(database).add(job_id, session_id=session.id, installation_id=1, kind="issue", recipe="change/1", ask={})
    return session.id


async def test_money_and_tokens_are_added_up_by_session_and_repository(database: Database) -> None:
    first = await a_job(database, "one", repository_id=1, thread=1)
    await a_job(database, "two", repository_id=1, thread=2)
    await a_job(database, "three", repository_id=2, thread=1)
    ledger = UsageLedger(database)
    for job in ("one", "two", "three"):
        await ledger.add(job, "claude-a", Amount(1, 100, 10, 1_000, 200, 250_000))
        await ledger.add(job, "claude-b", Amount(1, 1, 1, 0, 0, 50_000))
    costs = Costs(database)
    of_session, of_repository = await costs.of_session(first), await costs.of_repository(1)
    assert (of_session.jobs, of_session.input_tokens, of_session.output_tokens) == (1, 1_301, 11)
    assert of_session.cost_usd == pytest.approx(0.3)
    assert (of_repository.jobs, of_repository.input_tokens) == (2, 2_602)
    assert of_repository.cost_usd == pytest.approx(0.6)
    later = await costs.of_repository(1, since=4e9)
    assert (later.jobs, later.cost_usd, later.seconds) == (0, 0.0, 0.0)
