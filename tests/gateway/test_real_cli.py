"""The real Claude CLI through the gateway to the emulated Anthropic."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.anthropic_service import AnthropicService, ClaudeRun, fingerprint, run_claude
from tests.gateway.conftest import TOKEN, Running
from tests.gateway.requests import talk

Ask = Callable[..., Awaitable[ClaudeRun]]


@pytest.fixture
def ask(tmp_path: Path, llm: Running) -> Ask:
    """Asks the CLI something through the gateway."""

    async def asking(*arguments: str, token: str = TOKEN) -> ClaudeRun:
        environment = {"ANTHROPIC_BASE_URL": llm.url, "ANTHROPIC_API_KEY": token}
        return await asyncio.to_thread(
            run_claude, "hello", *arguments, cwd=tmp_path, home=tmp_path / "home", environment=environment
        )

    return asking


async def test_the_cli_gets_its_answer_and_its_own_reckoning_is_the_gateways(
    anthropic: AnthropicService, llm: Running, ask: Ask
) -> None:
    anthropic.play(talk())

    run = await ask("--model", "claude-opus-5-5")

    assert (run.exit_code, run.result["result"]) == (0, "Hello, whoever you are, and welcome.")
    ((_, model, use),) = llm.grants.added
    assert model == "claude-opus-5-5"
    assert use.cost_microdollars == pytest.approx(run.result["total_cost_usd"] * 1_000_000, abs=1)
    credentials = [request["credentials"] for request in anthropic.requests()]
    assert credentials == [[{"header": "x-api-key", "kind": "key", "sha256": fingerprint(anthropic.api_key)}]]


async def ended(llm: Running) -> None:
    llm.grants.end("job-1")


async def spent(llm: Running) -> None:
    llm.grants.spend("job-1", 5_100_000)


async def as_it_is(llm: Running) -> None:
    pass


@pytest.mark.parametrize(
    ("happened", "token", "model", "sentence"),
    [
        pytest.param(ended, TOKEN, "opus", "this job has ended", marks=pytest.mark.further),
        (spent, TOKEN, "opus", "this job has spent $5.10 of a budget of $5.00"),
        pytest.param(as_it_is, TOKEN, "gpt-6", "the model 'gpt-6' is not allowed here", marks=pytest.mark.further),
        pytest.param(as_it_is, "wrong", "opus", "Harvest's gateway doesn't know this token", marks=pytest.mark.further),
    ],
)
async def test_the_cli_prints_a_refusal_and_ends_at_once(
    anthropic: AnthropicService,
    llm: Running,
    ask: Ask,
    happened: Callable[[Running], Awaitable[None]],
    token: str,
    model: str,
    sentence: str,
) -> None:
    await happened(llm)

    run = await ask("--model", model, token=token)

    assert (run.exit_code, run.result["is_error"]) == (1, True)
    assert sentence in run.result["result"]
    assert not any(event.get("subtype") == "api_retry" for event in run.events)
    assert anthropic.requests() == []


async def test_the_cli_repeats_what_a_busy_model_refuses(anthropic: AnthropicService, llm: Running, ask: Ask) -> None:
    anthropic.play(talk('{ kind = "refuse", status = 529 }'))

    run = await ask()

    assert run.result["result"] == "Hello, whoever you are, and welcome."
    assert [request["status"] for request in anthropic.requests()] == [529, 200]
