"""What an answer used is counted, and a job keeps to its budget."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from structlog.testing import capture_logs

from github_app.gateway.model import budget, relay
from github_app.gateway.model.app import gateway
from sandbox.secret import Secret
from state.usage import Amount
from tests.anthropic_service import TRUST_NOBODY, AnthropicService
from tests.gateway.conftest import TOKEN, Running, running_gateway, serving
from tests.gateway.grants import MemoryGrants
from tests.gateway.requests import TALK_COST, body, event, message_start, talk, text_delta
from tests.gateway.upstream import Exchange, upstream
from tests.waiting import until

TALK_USE = Amount(
    requests=1, input_tokens=1000, output_tokens=200, cache_read_tokens=30, cache_write_tokens=4, cost_microdollars=TALK_COST
)


@pytest.mark.parametrize("stream", [True, False])
async def test_the_use_is_what_the_model_said_and_is_recorded_when_the_answer_is_read(
    anthropic: AnthropicService, llm: Running, stream: bool
) -> None:
    anthropic.play(talk())

    await llm.http.post("/v1/messages", json=body(stream=stream))

    assert llm.grants.added == [("job-1", "claude-opus-5-5", TALK_USE)]


async def test_a_stream_that_is_cut_off_counts_as_the_most_it_may_have_cost(anthropic: AnthropicService, llm: Running) -> None:
    # The prompt is reported first; what was generated, nobody says.
    anthropic.play(talk('{ kind = "cut", after_events = 5 }'))

    with pytest.raises(httpx.RemoteProtocolError):
        await llm.http.post("/v1/messages", json=body(stream=True, max_tokens=5000))

    use = await llm.grants.one_use()
    assert (use.input_tokens, use.cache_read_tokens, use.output_tokens) == (1000, 30, 5000)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_client_that_leaves_pays_for_the_whole_answer(anthropic: AnthropicService, llm: Running, stream: bool) -> None:
    # 64,000 tokens, of which the client waits for none.
    anthropic.play(talk('{ kind = "silence" }', usage="{ input = 1000, output = 64_000 }"))
    leaving = asyncio.create_task(llm.http.post("/v1/messages", json=body(stream=stream, max_tokens=64_000)))
    await in_flight(anthropic, 1)
    with capture_logs() as logs:
        leaving.cancel()
        await until(lambda: any("a client left" in log["event"] for log in logs))

    anthropic.release()

    use = await llm.grants.one_use()
    assert (use.input_tokens, use.output_tokens, use.cost_microdollars) == (1000, 64_000, 1000 * 4 + 64_000 * 20)


@pytest.mark.parametrize(
    ("said", "prompt_tokens"), [(b"", None), (message_start(input_tokens=500, output_tokens=1) + text_delta("x" * 300), 500)]
)
async def test_an_answer_whose_last_report_never_comes_counts_as_the_most_it_may_have_cost(
    monkeypatch: pytest.MonkeyPatch, said: bytes, prompt_tokens: int | None
) -> None:
    monkeypatch.setattr(relay, "LAST_REPORT_SECONDS", 0.05)
    asked = asyncio.Event()

    async def speak(exchange: Exchange) -> None:
        await exchange.start()
        if said:
            await exchange.send_chunk(said)
        asked.set()
        await exchange.left.wait()

    async with upstream(speak) as url, running_gateway(url) as llm:
        leaving = asyncio.create_task(llm.http.post("/v1/messages", json=body("x" * 3000, stream=True, max_tokens=7000)))
        await asked.wait()
        leaving.cancel()

        use = await llm.grants.one_use()
    assert use.output_tokens == 7000
    if prompt_tokens is None:
        assert use.cache_write_tokens > 3000
        assert use.cost_microdollars > 3000 * 8 + 7000 * 20
    else:
        assert (use.input_tokens, use.cost_microdollars) == (500, 500 * 4 + 7000 * 20)


async def test_a_client_that_takes_nothing_counts_as_gone_and_the_answer_is_read_to_its_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "STALLED_SECONDS", 0.2)

    async def speak(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.send_chunk(message_start(input_tokens=500))
        for _ in range(1000):
            await exchange.send_chunk(text_delta("x" * 65536))
        await exchange.send_chunk(event("message_delta", usage={"output_tokens": 9}) + event("message_stop"))
        await exchange.send_chunk(b"")

    async with (
        upstream(speak) as url,
        running_gateway(url) as llm,
        llm.http.stream("POST", "/v1/messages", json=body(stream=True)) as response,
    ):
        chunks = response.aiter_raw()  # let go of, it would close the connection
        await anext(chunks)
        assert (await llm.grants.one_use()).output_tokens == 9


async def test_documents_are_asked_about_one_after_the_other(anthropic: AnthropicService, llm: Running) -> None:
    # A few bytes that may be a model's whole context, at 4 dollars a million: more than the budget can bear twice.
    pdf = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQ="}}
    anthropic.play(talk('{ kind = "silence", times = 0 }', usage="{ input = 1_000_000, output = 1 }"))
    asking = body(messages=[{"role": "user", "content": [pdf, {"type": "text", "text": "hello"}]}])
    sending = [asyncio.create_task(llm.http.post("/v1/messages", json=asking)) for _ in range(16)]
    for number in (1, 2):
        await asked(anthropic, number)  # and the one before is not on its way out any more
        await in_flight(anthropic, 1)
        anthropic.release()

    statuses = [answer.status_code for answer in await asyncio.gather(*sending)]

    assert sorted(statuses) == [200, 200] + [402] * 14
    assert sum(use.cost_microdollars for _, _, use in llm.grants.added) == 2 * (4_000_000 + 20)


async def test_counting_tokens_is_free(anthropic: AnthropicService, llm: Running) -> None:
    llm.grants.spend("job-1", 5_000_000)

    response = await llm.http.post("/v1/messages/count_tokens", json=body())

    assert response.json()["input_tokens"] > 0
    assert llm.grants.added == []


async def test_a_spent_budget_ends_access_in_a_sentence(anthropic: AnthropicService, llm: Running) -> None:
    llm.grants.spend("job-1", 5_020_000)

    response = await llm.http.post("/v1/messages", json=body())

    assert (response.status_code, response.json()["error"]["type"]) == (402, "billing_error")
    assert "this job has spent $5.02 of a budget of $5.00 (HARVEST_BUDGET_USD)" in response.json()["error"]["message"]
    assert anthropic.requests() == []


async def test_a_job_without_a_budget_may_go_on(anthropic: AnthropicService, llm: Running) -> None:
    anthropic.play(talk())
    llm.grants.give(TOKEN, "job-1", budget_usd=None)
    llm.grants.spend("job-1", 10**12)

    assert (await llm.http.post("/v1/messages", json=body())).status_code == 200


async def asked(anthropic: AnthropicService, number: int) -> None:
    await until(lambda: len(anthropic.requests()) == number)


async def in_flight(anthropic: AnthropicService, number: int) -> None:
    await until(lambda: sum(request["outcome"] == "open" for request in anthropic.requests()) == number)


async def test_requests_at_once_overstep_the_budget_by_one_at_most(anthropic: AnthropicService, llm: Running) -> None:
    # Each answer costs 6 dollars of 5: the first may be made, and none after it.
    anthropic.play(talk('{ kind = "silence", times = 0 }', usage="{ output = 300_000 }"))
    sending = [asyncio.create_task(llm.http.post("/v1/messages", json=body(max_tokens=300_000))) for _ in range(5)]
    await in_flight(anthropic, 1)
    # The others have been looked at by now, and wait.
    await until(lambda: llm.grants.looked_up >= 10)
    anthropic.release()

    statuses = [answer.status_code for answer in await asyncio.gather(*sending)]

    assert sorted(statuses) == [200, 402, 402, 402, 402]
    assert len(anthropic.requests()) == 1


async def test_requests_that_the_budget_can_bear_run_at_once(anthropic: AnthropicService, llm: Running) -> None:
    anthropic.play(talk('{ kind = "silence", times = 0 }'))
    sending = [asyncio.create_task(llm.http.post("/v1/messages", json=body(max_tokens=10_000))) for _ in range(5)]

    await in_flight(anthropic, 5)
    anthropic.release()

    assert [answer.status_code for answer in await asyncio.gather(*sending)] == [200] * 5


async def test_a_request_that_waits_goes_on_when_the_one_before_was_cheap(anthropic: AnthropicService, llm: Running) -> None:
    anthropic.play(talk('{ kind = "silence" }'))
    first = asyncio.create_task(llm.http.post("/v1/messages", json=body(max_tokens=300_000)))
    await in_flight(anthropic, 1)
    second = asyncio.create_task(llm.http.post("/v1/messages", json=body(max_tokens=300_000)))
    await until(lambda: llm.grants.looked_up >= 4)
    assert len(anthropic.requests()) == 1

    anthropic.release()

    assert [answer.status_code for answer in await asyncio.gather(first, second)] == [200, 200]


async def test_one_jobs_requests_dont_wait_for_anothers(anthropic: AnthropicService, llm: Running) -> None:
    anthropic.play(talk('{ kind = "silence", times = 0 }'))
    llm.grants.give("other-token", "job-2", budget_usd=5)
    sending = [
        asyncio.create_task(llm.http.post("/v1/messages", headers={"x-api-key": token}, json=body(max_tokens=300_000)))
        for token in (TOKEN, "other-token")
    ]

    await in_flight(anthropic, 2)
    anthropic.release()

    assert [answer.status_code for answer in await asyncio.gather(*sending)] == [200, 200]


async def test_use_that_could_not_be_recorded_counts_and_is_recorded_later(
    anthropic: AnthropicService, llm: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "FIRST_WAIT_SECONDS", 0.05)
    # Three dollars each, of five.
    anthropic.play(talk(usage="{ output = 150_000 }"))
    llm.grants.disk_is_full = True
    asking = body(max_tokens=150_000)
    assert [(await llm.http.post("/v1/messages", json=asking)).status_code for _ in range(2)] == [200, 200]
    third = asyncio.create_task(llm.http.post("/v1/messages", json=asking))
    await until(lambda: llm.grants.looked_up >= 6)
    assert llm.grants.added == []

    llm.grants.disk_is_full = False

    assert (await third).status_code == 402
    assert [use.output_tokens for _, _, use in llm.grants.added] == [150_000, 150_000]


async def test_who_has_read_the_end_of_an_answer_finds_its_use_recorded() -> None:
    whole = message_start(input_tokens=500) + event("message_delta", usage={"output_tokens": 7}) + event("message_stop")

    async def speak(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.send_chunk(whole)
        await exchange.left.wait()

    async with (
        upstream(speak) as url,
        running_gateway(url) as llm,
        llm.http.stream("POST", "/v1/messages", json=body(stream=True)) as response,
    ):
        assert await anext(response.aiter_raw()) == whole
        assert [use.output_tokens for _, _, use in llm.grants.added] == [7]


async def test_the_gateway_closes_when_all_that_was_used_is_recorded(anthropic: AnthropicService) -> None:
    anthropic.play(talk('{ kind = "cut", after_events = 3 }'))
    grants = MemoryGrants()
    grants.give(TOKEN, "job-1", budget_usd=5)
    grants.may_add.clear()
    entered = gateway(grants, base_url=anthropic.url, key=Secret(anthropic.api_key), models=("claude-*",))
    app = await entered.__aenter__()
    async with serving(app) as url, httpx.AsyncClient(verify=TRUST_NOBODY) as http:
        leaving = asyncio.create_task(http.post(f"{url}/v1/messages", headers={"x-api-key": TOKEN}, json=body(stream=True)))
        await until(lambda: bool(anthropic.requests()) and anthropic.requests()[-1]["outcome"] == "cut")
        leaving.cancel()

    closing = asyncio.create_task(entered.__aexit__(None, None, None))
    await asyncio.sleep(0.05)
    assert not closing.done()
    grants.may_add.set()
    await closing

    assert [use.input_tokens for _, _, use in grants.added] == [1000]
