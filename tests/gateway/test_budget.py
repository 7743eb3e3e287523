"""What an answer used is counted, and a job keeps to its budget."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from github_app.gateway.app import gateway
from sandbox.secret import Secret
from state.usage import Amount
from tests.anthropic_service import TRUST_NOBODY, AnthropicService
from tests.gateway.conftest import TOKEN, Running, running_gateway, serving
from tests.gateway.grants import MemoryGrants
from tests.gateway.requests import TALK_COST, body, event, message_start, talk, text_delta
from tests.gateway.upstream import Exchange, upstream
from tests.gateway.waiting import until

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


async def test_a_stream_that_is_cut_off_costs_what_came(anthropic: AnthropicService, llm: Running) -> None:
    # The prompt is reported first; of the text, three pieces of 24 characters come through.
    anthropic.play(talk('{ kind = "cut", after_events = 5 }').replace("Hello", "Hello" * 20))

    with pytest.raises(httpx.RemoteProtocolError):
        await llm.http.post("/v1/messages", json=body(stream=True))

    use = await llm.grants.one_use()
    assert (use.input_tokens, use.cache_read_tokens, use.output_tokens) == (1000, 30, 2 * 24 / 3)


async def test_a_client_that_leaves_pays_for_what_came() -> None:
    async def speak(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.send_chunk(message_start(input_tokens=500, output_tokens=1) + text_delta("x" * 300))
        await exchange.left.wait()

    async with upstream(speak) as url, running_gateway(url) as llm:
        async with llm.http.stream("POST", "/v1/messages", json=body(stream=True)) as response:
            await anext(response.aiter_raw())

        use = await llm.grants.one_use()
    assert (use.input_tokens, use.output_tokens) == (500, 100)


async def test_a_client_that_leaves_before_the_answer_pays_for_its_prompt() -> None:
    asked = asyncio.Event()

    async def speak(exchange: Exchange) -> None:
        asked.set()
        await exchange.left.wait()

    async with upstream(speak) as url, running_gateway(url) as llm:
        leaving = asyncio.create_task(llm.http.post("/v1/messages", json=body("x" * 3000)))
        await asked.wait()
        leaving.cancel()

        use = await llm.grants.one_use()
    assert 1000 <= use.input_tokens <= 1100
    assert use.cost_microdollars == use.input_tokens * 4


async def test_counting_tokens_is_free(anthropic: AnthropicService, llm: Running) -> None:
    llm.grants.spend("job-1", 5_000_000)

    response = await llm.http.post("/v1/messages/count_tokens", json=body())

    assert response.json()["input_tokens"] > 0
    assert llm.grants.added == []


async def test_a_spent_budget_ends_access_in_a_sentence(anthropic: AnthropicService, llm: Running) -> None:
    llm.grants.spend("job-1", 5_020_000)

    response = await llm.http.post("/v1/messages", json=body())

    assert (response.status_code, response.json()["error"]["type"]) == (402, "billing_error")
    assert "this job has spent $5.02 of its budget of $5.00" in response.json()["error"]["message"]
    assert anthropic.requests() == []


async def test_a_job_without_a_budget_may_go_on(anthropic: AnthropicService, llm: Running) -> None:
    anthropic.play(talk())
    llm.grants.give(TOKEN, "job-1", budget_usd=None)
    llm.grants.spend("job-1", 10**12)

    assert (await llm.http.post("/v1/messages", json=body())).status_code == 200


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


async def test_use_that_could_not_be_recorded_counts_and_is_recorded_later(anthropic: AnthropicService, llm: Running) -> None:
    # Three dollars each, of five.
    anthropic.play(talk(usage="{ output = 150_000 }"))
    llm.grants.disk_is_full = True
    answers = [(await llm.http.post("/v1/messages", json=body())).status_code for _ in range(3)]
    assert (answers, llm.grants.added) == ([200, 200, 402], [])

    llm.grants.disk_is_full = False
    await llm.http.post("/v1/messages", json=body())

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
