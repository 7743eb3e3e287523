"""Whatever a job asks at once and however it leaves, it oversteps its budget by one request's true cost at most."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from github_app.gateway.model.app import gateway
from github_app.gateway.model.prices import Tokens, cost_microdollars
from sandbox.secret import Secret
from state.database import Database
from state.jobs import Jobs
from state.sessions import Sessions
from state.usage import UsageLedger
from tests.anthropic_service import TRUST_NOBODY, AnthropicService
from tests.gateway.conftest import serving

PDF = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQ="}}
MODELS = ("claude-opus-5-5", "claude-sonnet-4-5", "claude-haiku-5-5", "claude-opus-9")


@dataclass(frozen=True)
class Ask:
    """One request, and what the model makes of it. `prompt_tokens` is what it comes to; `leaves` when the client does."""

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
def folder(tmp_path: Path) -> Path:
    return tmp_path


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(asks(), min_size=1, max_size=16), budget_cents=st.integers(1, 500))
def test_a_job_oversteps_its_budget_by_one_requests_true_cost_at_most(
    anthropic: AnthropicService, folder: Path, asked: list[Ask], budget_cents: int
) -> None:
    anthropic.forget()
    anthropic.play('title = "Meters"\n' + "".join(ask.act(number) for number, ask in enumerate(asked)))
    budget = budget_cents * 10_000

    counted = asyncio.run(spend(anthropic, folder, asked, budget))

    true = [true_cost(request) for request in anthropic.requests()]
    assert sum(true) <= budget + max(true, default=0)
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


async def spend(anthropic: AnthropicService, folder: Path, asked: list[Ask], budget: int) -> int:
    """Ask everything at once as one job; gives what was counted."""
    database = await Database.open(f"sqlite:///{folder}/harvest.db")
    jobs, ledger = Jobs(database), UsageLedger(database)
    try:
        session = await Sessions(database).open_session(
            installation_id=5, repository_id=6, repository="a/b", thread=1, kind="issue"
        )
        job_id = f"job-{len(await jobs.of_session(session.id))}"
        await jobs.add(job_id, session_id=session.id, installation_id=5, kind="issue", recipe="change/1", ask={})
        digest = hashlib.sha256(job_id.encode()).hexdigest()
        await jobs.update(job_id, gateway_token_sha256=digest, budget_microdollars=budget)
        async with (
            gateway(ledger, base_url=anthropic.url, key=Secret(anthropic.api_key), models=("claude-*",)) as app,
            serving(app) as url,
            httpx.AsyncClient(base_url=url, headers={"x-api-key": job_id}, verify=TRUST_NOBODY, timeout=60) as http,
        ):
            await asyncio.gather(*(one(http, ask, number) for number, ask in enumerate(asked)))
            async with asyncio.timeout(60):
                while await under_way(ledger, digest):  # noqa: ASYNC110 - what the gateway writes is all that tells
                    await asyncio.sleep(0.01)
        return (await ledger.of_job(job_id)).cost_microdollars
    finally:
        await database.close()


async def one(http: httpx.AsyncClient, ask: Ask, number: int) -> None:
    asking = asyncio.create_task(receive(http, ask, number))
    if ask.leaves == "at once":
        await asyncio.sleep(0.02)
        asking.cancel()
    await asyncio.wait({asking})


async def receive(http: httpx.AsyncClient, ask: Ask, number: int) -> None:
    try:
        async with http.stream("POST", "/v1/messages", json=ask.body(number)) as response:
            async for _ in response.aiter_raw():
                if ask.leaves == "after the first bytes":
                    break
    except httpx.RemoteProtocolError:
        pass  # it was cut off


async def under_way(ledger: UsageLedger, token_sha256: str) -> int:
    grant = await ledger.grant(token_sha256)
    assert grant is not None
    return grant.under_way_microdollars
