"""Whatever jobs ask at once and however they leave, they overstep a shared budget by one request's true cost at most."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from github_app.gateway.model import budget
from github_app.gateway.model.app import gateway
from github_app.gateway.model.prices import Tokens, cost_microdollars
from sandbox.secret import Secret
from state.budgets import Account, JobBudgets
from state.database import Database
from state.jobs import Jobs
from state.sessions import Sessions
from state.usage import UsageLedger
from tests.anthropic_service import TRUST_NOBODY, AnthropicService
from tests.gateway.conftest import serving
from tests.sqlite_file import open_sqlite
from tests.waiting import until

# Two processes on one database know nothing of each other's requests but what stands there.
JOBS, NODES = 3, 2
PDF = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQ="}}
MODELS = ("claude-opus-5-5", "claude-sonnet-4-5", "claude-haiku-5-5", "claude-opus-9")


@dataclass(frozen=True)
class Ask:
    """One request, and what the model makes of it. `prompt_tokens` is what it comes to; `leaves` when the client does. It is
    made by that job through that node, counted from 0."""

    job: int
    node: int
    model: str
    pdf: bool
    stream: bool
    prompt_tokens: int
    max_tokens: int
    output_tokens: int
    leaves: str
    fault: str

    def body(self, number: int) -> dict[str, Any]:
        content = [{"type": "text", "text": f"ask {number} " + "x" * 1000}, *([PDF] if self.pdf else [])]
        messages = [{"role": "user", "content": content}]
        return {"model": self.model, "max_tokens": self.max_tokens, "stream": self.stream, "messages": messages}

    def act(self, number: int) -> str:
        usage = f"{{ cache_write = {self.prompt_tokens}, output = {self.output_tokens} }}"
        fault = f"fault = {self.fault}\n" if self.fault else ""
        return (
            f'[[acts]]\nname = "ask-{number}"\nprompt = "ask {number} "\n'
            f'[[acts.scenes]]\nname = "a"\nsay = "Hello there, and a few words more."\nusage = {usage}\n{fault}'
        )


def asks() -> st.SearchStrategy[Ask]:
    def ask(pdf: bool) -> st.SearchStrategy[Ask]:
        return st.builds(
            Ask,
            job=st.integers(0, JOBS - 1),
            node=st.integers(0, NODES - 1),
            model=st.sampled_from(MODELS),
            pdf=st.just(pdf),
            stream=st.booleans(),
            prompt_tokens=st.integers(1, 900_000 if pdf else 1000),
            max_tokens=st.integers(1, 64_000),
            output_tokens=st.integers(1, 100_000),
            leaves=st.sampled_from(["never", "never", "at once", "after the first bytes"]),
            fault=st.sampled_from(
                [
                    "",
                    "",
                    '{ kind = "cut", after_events = 1 }',
                    '{ kind = "cut", after_events = 4 }',
                    '{ kind = "refuse", status = 529 }',
                ]
            ),
        )

    return st.booleans().flatmap(ask)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Gives a new one for each example."""
    monkeypatch.setattr(budget, "LOOK_AGAIN_SECONDS", 0.05)  # one node can't tell the other what has ended
    return lambda: tmp_path_factory.mktemp("overspend")


@pytest.mark.campaign
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(asks(), min_size=4, max_size=16), budget_cents=st.integers(1, 100))
def test_jobs_overstep_the_budget_of_their_repository_by_one_requests_true_cost_at_most(
    anthropic: AnthropicService, folder: Callable[[], Path], asked: list[Ask], budget_cents: int
) -> None:
    anthropic.forget()
    anthropic.play('title = "Meters"\n' + "".join(ask.act(number) for number, ask in enumerate(asked)))
    limit = budget_cents * 10_000

    counted = asyncio.run(spend(anthropic, folder(), asked, limit))

    true = [true_cost(request) for request in anthropic.requests()]
    assert sum(true) <= limit + max(true, default=0)
    assert counted >= sum(true)
    if not any(ask.fault for ask in asked):
        assert counted == sum(true)


def true_cost(request: dict[str, Any]) -> int:
    """What the model's owner asks for it: everything that was generated, whether anybody heard it or not."""
    if request["usage"] is None:
        return 0
    used = request["usage"]
    tokens = Tokens(used["input"], used["output"], used["cache_read"], used["cache_write"])
    return cost_microdollars(request["body"]["model"], tokens)


async def spend(anthropic: AnthropicService, folder: Path, asked: list[Ask], limit: int) -> int:
    """Ask everything at once, as jobs of one repository; gives what was counted."""
    database = await open_sqlite(folder)
    try:
        digests = await jobs_that_share(database, limit)
        async with AsyncExitStack() as stack:
            ledgers = [UsageLedger(database, f"node {number}") for number in range(NODES)]
            nodes = [await stack.enter_async_context(node(anthropic, ledger)) for ledger in ledgers]
            await asyncio.gather(*(one(nodes[ask.node], ask, number) for number, ask in enumerate(asked)))

            async def all_written_down() -> bool:
                return not await under_way(ledgers[0], digests)

            await until(all_written_down, "the gateway to write down what was used")
        return sum([(await ledgers[0].of_job(f"job-{number}")).cost_microdollars for number in range(JOBS)])
    finally:
        await database.close()


@asynccontextmanager
async def node(anthropic: AnthropicService, ledger: UsageLedger) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway of its own, and a client to it."""
    async with (
        gateway(ledger, base_url=anthropic.url, key=Secret(anthropic.api_key), models=("claude-*",)) as app,
        serving(app) as url,
        httpx.AsyncClient(base_url=url, verify=TRUST_NOBODY, timeout=60) as http,
    ):
        yield http


async def jobs_that_share(database: Database, limit: int) -> list[str]:
    """Jobs of one repository, each on an issue of its own; gives their tokens' digests."""
    jobs, digests = Jobs(database), []
    month = Account("repository/6/2026-11", "this repository", "in 2026-11", limit, "HARVEST_BUDGET_REPOSITORY_USD")
    for number in range(JOBS):
        session = await Sessions(database).open_session(
            installation_id=5, repository_id=6, repository="a/b", thread=number + 1, kind="issue"
        )
        job_id = f"job-{number}"
        await jobs.add(job_id, session_id=session.id, installation_id=5, kind="issue", recipe="change/1", ask={})
        digests.append(hashlib.sha256(job_id.encode()).hexdigest())
        await jobs.update(job_id, gateway_token_sha256=digests[-1])
        own = Account(f"job/{job_id}", "this job", limit_microdollars=1000 * limit, set_by="HARVEST_BUDGET_USD")
        await JobBudgets(database).hold(job_id, session.id, [own, month])
    return digests


async def one(http: httpx.AsyncClient, ask: Ask, number: int) -> None:
    asking = asyncio.create_task(receive(http, ask, number))
    if ask.leaves == "at once":
        await asyncio.sleep(0.02)
        asking.cancel()
    await asyncio.wait({asking})


async def receive(http: httpx.AsyncClient, ask: Ask, number: int) -> None:
    try:
        async with http.stream(
            "POST", "/v1/messages", headers={"x-api-key": f"job-{ask.job}"}, json=ask.body(number)
        ) as response:
            async for _ in response.aiter_raw():
                if ask.leaves == "after the first bytes":
                    break
    except httpx.RemoteProtocolError:
        pass  # it was cut off


async def under_way(ledger: UsageLedger, digests: list[str]) -> bool:
    grants = [await ledger.grant(digest) for digest in digests]
    return any(budget.under_way_microdollars for grant in grants if grant is not None for budget in grant.budgets)
