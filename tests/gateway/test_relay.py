"""The way through: byte for byte, as it comes, cut when it is cut."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from github_app.gateway.model import relay
from tests.anthropic_service import AnthropicService
from tests.gateway.conftest import Running, running_gateway
from tests.gateway.requests import body, event, message_start, talk, text_delta
from tests.gateway.upstream import Exchange, upstream
from tests.waiting import until


async def test_events_pass_before_the_model_has_finished(anthropic: AnthropicService, llm: Running) -> None:
    anthropic.play(talk('{ kind = "silence", after_events = 3 }'))

    async with llm.http.stream("POST", "/v1/messages", json=body(stream=True)) as response:
        lines = response.aiter_lines()
        async for line in lines:
            if line == "event: ping":
                break
        assert anthropic.requests()[-1]["outcome"] == "open"
        anthropic.release()
        rest = [line async for line in lines]

    assert "event: message_stop" in rest


async def test_the_answer_is_passed_on_byte_for_byte_with_the_headers_that_concern_the_client() -> None:
    pieces = [b"event: odd\r\n", b"data: {\xc3", b"\xa9 not json\r\n\r\n", b"\x00\xff", b": comment\n\n"]

    async def speak(exchange: Exchange) -> None:
        await exchange.start(
            "text/event-stream; charset=utf-8",
            "request-id: req_1",
            "retry-after: 3",
            "Anthropic-Ratelimit-Note: Größe 5€",
            "anthropic-ratelimit-requests-remaining: 7",
            "anthropic-organization-id: org",
            "set-cookie: a=b",
            "keep-alive: timeout=5",
        )
        for piece in [*pieces, b""]:
            await exchange.send_chunk(piece)

    async with upstream(speak) as url, running_gateway(url) as llm:
        response = await llm.http.post("/v1/messages", json=body(stream=True))

    assert response.content == b"".join(pieces)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["request-id"] == "req_1"
    assert response.headers["retry-after"] == "3"
    assert response.headers["anthropic-ratelimit-note"] == "Größe 5€"
    assert response.headers["anthropic-ratelimit-requests-remaining"] == "7"
    assert not {"anthropic-organization-id", "set-cookie", "keep-alive"} & response.headers.keys()


async def test_the_request_is_passed_on_as_it_was_understood_and_nothing_is_added_for_the_hop() -> None:
    seen: list[Exchange] = []

    async def speak(exchange: Exchange) -> None:
        seen.append(exchange)
        await exchange.start("application/json")
        await exchange.send_chunk(b"{}")
        await exchange.send_chunk(b"")

    sent = b'{ "model" : "claude-opus-5-5",\n "system": "\\u00e9\\ud83d", "temperature": 1.0, "max_tokens":1}'
    headers: Any = {"user-agent": "claude-cli/2 ü€".encode(), "accept-encoding": "gzip, br"}
    async with upstream(speak) as url, running_gateway(url) as llm:
        await llm.http.post("/v1/messages", content=sent, headers=headers)

    assert seen[0].body == '{"model":"claude-opus-5-5","system":"é?","temperature":1.0,"max_tokens":1}'.encode()
    names = {line.split(":")[0].lower() for line in seen[0].head.split("\r\n")[1:] if line}
    assert names == {"host", "accept", "user-agent", "accept-encoding", "x-api-key", "content-length"}
    assert "user-agent: claude-cli/2 ü€" in seen[0].head
    assert "accept-encoding: identity" in seen[0].head


async def test_an_answer_that_is_cut_off_is_passed_on_as_cut_off(anthropic: AnthropicService, llm: Running) -> None:
    anthropic.play(talk('{ kind = "cut", after_events = 4 }'))
    received: list[bytes] = []

    async def read() -> None:
        async with llm.http.stream("POST", "/v1/messages", json=body(stream=True)) as response:
            async for chunk in response.aiter_bytes():
                received.append(chunk)

    with pytest.raises(httpx.RemoteProtocolError):
        await read()
    assert b"".join(received).count(b"event: ") == 4


async def test_a_client_that_leaves_ends_the_models_work_when_its_answer_takes_too_long(
    anthropic: AnthropicService, llm: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "LAST_REPORT_SECONDS", 0.05)
    anthropic.play(talk('{ kind = "silence", after_events = 3 }'))

    async with llm.http.stream("POST", "/v1/messages", json=body(stream=True)) as response:
        await anext(response.aiter_bytes())

    await until(lambda: anthropic.requests()[-1]["outcome"] == "client gone")


async def test_a_client_that_reads_slowly_slows_the_model_down() -> None:
    sent = 0
    whole = 64 * 1024 * 1024

    async def speak(exchange: Exchange) -> None:
        nonlocal sent
        await exchange.start()
        while sent < whole:
            await exchange.send_chunk(b"~" * 65536)
            sent += 65536
        await exchange.send_chunk(b"")

    async with (
        upstream(speak) as url,
        running_gateway(url) as llm,
        llm.http.stream("POST", "/v1/messages", json=body(stream=True)) as response,
    ):
        chunks = response.aiter_raw()  # let go of, it would close the connection
        await anext(chunks)
        stalled_at = -1
        while stalled_at != sent:
            stalled_at = sent
            await asyncio.sleep(0.1)
        assert sent < whole / 2


async def test_an_error_of_the_model_is_passed_on_as_it_is(anthropic: AnthropicService, llm: Running) -> None:
    anthropic.play(talk('{ kind = "refuse", status = 429, retry_after = 7, message = "Slow down" }'))

    response = await llm.http.post("/v1/messages", json=body())

    assert (response.status_code, response.headers["retry-after"]) == (429, "7")
    assert response.json()["error"] == {"type": "rate_limit_error", "message": "Slow down"}
    assert "x-should-retry" not in response.headers
    assert llm.grants.added == []


async def test_a_refused_key_is_not_worth_repeating(anthropic: AnthropicService) -> None:
    async with running_gateway(anthropic.url, key="an-old-key") as llm:
        response = await llm.http.post("/v1/messages", json=body())

    assert (response.status_code, response.json()["error"]["message"]) == (401, "invalid x-api-key")
    assert response.headers["x-should-retry"] == "false"


async def test_a_model_that_cant_be_reached_is_an_error_worth_repeating_that_costs_nothing() -> None:
    async with upstream(lambda exchange: exchange.send(b"")) as url:
        pass
    async with running_gateway(url, key="secret-key") as llm:
        response = await llm.http.post("/v1/messages", json=body())

        assert (response.status_code, response.json()["error"]["type"]) == (502, "api_error")
        assert "x-should-retry" not in response.headers
        assert "127.0.0.1" not in response.text
        assert llm.grants.added == []


async def test_a_stream_is_not_held_back_until_a_buffer_is_full() -> None:
    may_go_on = asyncio.Event()

    async def speak(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.send_chunk(message_start(input_tokens=1))
        await may_go_on.wait()
        await exchange.send_chunk(text_delta("x") + event("message_stop"))
        await exchange.send_chunk(b"")

    async with (
        upstream(speak) as url,
        running_gateway(url) as llm,
        llm.http.stream("POST", "/v1/messages", json=body(stream=True)) as response,
    ):
        chunks = response.aiter_raw()
        assert await anext(chunks) == message_start(input_tokens=1)
        may_go_on.set()
        assert await anext(chunks) == text_delta("x") + event("message_stop")
