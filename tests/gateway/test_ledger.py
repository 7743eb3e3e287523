"""The gateway on the database that it runs on: the jobs' tokens, budgets and uses."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import httpx

from github_app.gateway.model.app import gateway
from sandbox.secret import Secret
from state.budgets import Account, JobBudgets
from state.jobs import Jobs
from state.sessions import Sessions
from state.usage import UsageLedger
from tests.anthropic_service import AnthropicService
from tests.gateway.conftest import TOKEN
from tests.gateway.requests import TALK_COST, body, talk
from tests.sqlite_file import open_sqlite


async def test_a_jobs_spending_and_its_token_are_kept_in_the_database(anthropic: AnthropicService, tmp_path: Path) -> None:
    anthropic.play(talk())
    database = await open_sqlite(tmp_path)
    jobs, ledger = Jobs(database), UsageLedger(database)
    session = await Sessions(database).open_session(
        installation_id=5, repository_id=6, repository="a/b", thread=1, kind="issue"
    )
    await jobs.add("job", session_id=session.id, installation_id=5, kind="issue", recipe="change/1", ask={})
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    # Enough for four requests one after the other: three stay below, the fourth oversteps.
    await jobs.update("job", gateway_token_sha256=digest)
    own = Account("job/job", "this job", limit_microdollars=TALK_COST * 3 + 1, set_by="HARVEST_BUDGET_USD")
    await JobBudgets(database).hold("job", session.id, [own])

    async with gateway(ledger, base_url=anthropic.url, key=Secret(anthropic.api_key), models=("claude-*",)) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://harvest", headers={"x-api-key": TOKEN}) as http:
            answers = await asyncio.gather(*(http.post("/v1/messages", json=body(max_tokens=10_000)) for _ in range(6)))
            await jobs.update("job", gateway_token_sha256=None)
            afterwards = await http.post("/v1/messages", json=body())

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 402, 402]
    assert afterwards.status_code == 401
    use = await ledger.of_job("job")
    assert (use.requests, use.input_tokens, use.cost_microdollars) == (4, 4000, 4 * TALK_COST)
    await database.close()
