"""Who may pass: the token, the job, the model, the path, the shape; and what the client's credentials become."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from tests.anthropic_service import AnthropicService, fingerprint
from tests.gateway.conftest import TOKEN, Running, running_gateway
from tests.gateway.requests import body, talk
from tests.waiting import until


@pytest.mark.parametrize("headers", [{"x-api-key": TOKEN}, {"authorization": f"Bearer {TOKEN}"}])
async def test_the_job_token_goes_no_further_and_the_real_key_takes_its_place(
    anthropic: AnthropicService, llm: Running, headers: dict[str, str]
) -> None:
    anthropic.play(talk())
    sent = {
        **headers,
        "cookie": "a=b",
        "proxy-authorization": "Basic x",
        "anthropic-beta": "files-api-2025-04-14, effort-2025-11-24,some-beta",
        "anthropic-version": "2023-06-01",
        "anthropic-workspace-id": "wrkspc_1",
        "x-forwarded-for": "10.0.0.1",
    }

    response = await llm.stranger.post("/v1/messages?beta=true", headers=sent, json=body())

    assert response.status_code == 200
    (request,) = anthropic.requests()
    assert request["credentials"] == [{"header": "x-api-key", "kind": "key", "sha256": fingerprint(anthropic.api_key)}]
    assert {name: value for name, value in request["headers"].items() if name.startswith("anthropic-")} == {
        "anthropic-beta": "effort-2025-11-24",
        "anthropic-version": "2023-06-01",
    }
    assert (request["query"], request["body"]) == ("beta=true", body())
    assert not {"cookie", "proxy-authorization", "x-forwarded-for", "authorization"} & request["headers"].keys()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-api-key": "wrong"},
        {"x-api-key": "schlüssel".encode()},
        {"authorization": "Bearer wrong"},
        {"authorization": TOKEN},
    ],
)
async def test_a_wrong_or_missing_token_is_refused_for_good(
    anthropic: AnthropicService, llm: Running, headers: dict[str, Any]
) -> None:
    response = await llm.stranger.post("/v1/messages", headers=headers, json=body())

    assert (response.status_code, response.json()["error"]["type"]) == (401, "authentication_error")
    assert response.headers["x-should-retry"] == "false"
    assert anthropic.requests() == []


async def test_the_real_key_is_no_token(anthropic: AnthropicService, llm: Running) -> None:
    response = await llm.http.post("/v1/messages", headers={"x-api-key": anthropic.api_key}, json=body())

    assert response.status_code == 401


async def test_access_ends_with_the_job(anthropic: AnthropicService, llm: Running) -> None:
    anthropic.play(talk())
    assert (await llm.http.post("/v1/messages", json=body())).status_code == 200

    llm.grants.end("job-1")
    response = await llm.http.post("/v1/messages", json=body())

    assert (response.status_code, response.json()["error"]["type"]) == (403, "permission_error")
    assert "this job has ended" in response.json()["error"]["message"]
    assert len(anthropic.requests()) == 1


async def test_a_model_that_is_not_on_the_list_is_refused_with_the_list(anthropic: AnthropicService) -> None:
    async with running_gateway(anthropic.url, models=("sonnet", "claude-haiku-*")) as llm:
        response = await llm.http.post("/v1/messages", json=body(model="claude-opus-5-5"))

    assert response.status_code == 403
    assert "'claude-opus-5-5' is not allowed here; allowed are: sonnet, claude-haiku-*" in response.json()["error"]["message"]
    assert anthropic.requests() == []


def said(content: list[dict[str, Any]]) -> dict[str, Any]:
    """What a body has instead of its prompt."""
    return {"messages": [{"role": "user", "content": content}]}


BY_URL = {"type": "url", "url": "http://169.254.169.254/latest/meta-data"}
BY_FILE = {"type": "file", "file_id": "file_011CNha8iCJcU1wXNR6q4V8w"}
WITH_IT = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQ="}


def answered_by_a_tool(content: list[dict[str, Any]]) -> dict[str, Any]:
    use = {"type": "tool_use", "id": "t", "name": "x", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": content}
    turns = [("user", "hello"), ("assistant", [use]), ("user", [result])]
    return {"messages": [{"role": role, "content": turn} for role, turn in turns]}


PLACES: list[Callable[[Any], dict[str, Any]]] = [
    lambda source: said([{"type": "image", "source": source}]),
    lambda source: said([{"type": "document", "source": source}]),
    lambda source: answered_by_a_tool([{"type": "image", "source": source}]),
    lambda source: {"system": [{"type": "document", "source": source}]},
    lambda source: said(
        [{"type": "document", "source": {"type": "content", "content": [{"type": "image", "source": source}]}}]
    ),
]


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
async def test_nothing_passes_that_the_models_servers_would_fetch(
    anthropic: AnthropicService, llm: Running, path: str
) -> None:
    for source in (BY_URL, BY_FILE, {"type": "s3"}, {"url": "https://x"}, {"type": ["url"]}):
        for place in PLACES:
            response = await llm.http.post(path, json=body(**place(source)))

            assert (response.status_code, response.json()["error"]["type"]) == (400, "invalid_request_error"), source
            assert "the model's servers would fetch it themselves" in response.json()["error"]["message"]
    assert anthropic.requests() == []


async def test_content_that_comes_along_and_a_tools_own_data_pass(anthropic: AnthropicService, llm: Running) -> None:
    anthropic.play(talk())
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
    content = [
        {"type": "text", "text": "hello"},
        image,
        {"type": "document", "source": WITH_IT},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}, "title": "t"},
        {"type": "document", "source": {"type": "content", "content": [image]}},
        {"type": "search_result", "source": "https://example.com", "title": "t", "content": [{"type": "text", "text": "x"}]},
    ]
    call = {"type": "tool_use", "id": "t", "name": "x", "input": {"source": BY_URL, "type": "file", "file_id": "1"}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": [image]}
    sent = body(
        messages=[
            {"role": "user", "content": content},
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [result]},
        ],
        tools=[{"name": "x", "input_schema": {"type": "object", "properties": {"source": BY_URL}}}],
        context_management={"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
    )

    response = await llm.http.post("/v1/messages", json=sent)

    assert response.status_code == 200
    assert anthropic.requests()[0]["body"] == sent


@pytest.mark.parametrize("field", ["container", "fallbacks", "inference_geo", "betas", "anything"])
async def test_a_field_that_is_not_known_is_refused_by_name(anthropic: AnthropicService, llm: Running, field: str) -> None:
    response = await llm.http.post("/v1/messages", json=body(**{field: "x"}))

    assert (response.status_code, response.json()["error"]["type"]) == (400, "invalid_request_error")
    assert response.json()["error"]["message"].startswith(f"{field}: ")
    assert anthropic.requests() == []


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"tools": [{"type": "web_fetch_20250910", "name": "web_fetch"}]}, "web_fetch_20250910"),
        ({"tools": [{"name": "Read"}, {"type": "code_execution_20250825", "name": "x"}]}, "code_execution"),
        ({"mcp_servers": [{"type": "url", "url": "https://example.com", "name": "x"}]}, "mcp_servers"),
        ({"speed": "fast"}, "fast"),
        ({"service_tier": "auto"}, "service_tier"),
        ({"tools": [{"type": "mcp_toolset", "mcp_server_name": "x"}]}, "mcp_toolset"),
        ({"context_management": {"edits": [{"type": "compact_20260112"}]}}, "compact_20260112"),
        # A tool that is added in the middle of the conversation.
        (said([{"type": "tool_addition", "tool": {"type": "web_search_20250305", "name": "x"}}]), "web_search_20250305"),
        (said([{"type": "container_upload", "name": "x"}]), "container_upload"),
        (said([{"type": "server_tool_use", "id": "x", "name": "web_search", "input": {}}]), "server_tool_use"),
    ],
)
async def test_what_costs_more_than_tokens_is_refused(
    anthropic: AnthropicService, llm: Running, fields: dict[str, Any], named: str
) -> None:
    response = await llm.http.post("/v1/messages", json=body(**fields))

    assert response.status_code == 403
    assert named in response.json()["error"]["message"]
    assert anthropic.requests() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/models"),
        ("GET", "/v1/messages"),
        ("POST", "/v1/messages/batches"),
        ("POST", "/v1/files"),
        ("POST", "/v1/messages/../files"),
        ("HEAD", "/api/hello"),
    ],
)
async def test_other_paths_are_not_found(anthropic: AnthropicService, llm: Running, method: str, path: str) -> None:
    response = await llm.http.request(method, path)

    assert response.status_code == 404
    assert anthropic.requests() == []


@pytest.mark.parametrize(
    "sent",
    [
        *(b"", b"{", b"[]", b'{"max_tokens": 1}', b'{"model": 3}', b"\xff\xfe"),
        # Another reader might see the other one.
        b'{"model": "claude-opus-5-5", "max_tokens": 1, "max_tokens": 2}',
        b'{"model": "claude-opus-5-5", "max_tokens": 1, "messages": [{"a": 1, "\\u0061": 2}]}',
        *(
            b'{"model": "claude-opus-5-5", "max_tokens": ' + number + b"}"
            for number in (b"NaN", b"1e999", b"0", b"-1", b"1.5")
        ),
        *(b'{"model": "claude-opus-5-5", "max_tokens": ' + number + b"}" for number in (b"true", b"9" * 30, b"9" * 9000)),
        b'{"model": "claude-opus-5-5"}',
        b'{"model": "claude-opus-5-5", "max_tokens": 1, "system": [' + b"[]," * 600_000 + b"[]]}",
        b'{"model": "claude-opus-5-5", "max_tokens": 1, "system": ' + b"[" * 150 + b"]" * 150 + b"}",
        b'{"model": "claude-opus-5-5", "max_tokens": 1, "system": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
async def test_a_body_that_cant_be_read_is_refused(anthropic: AnthropicService, llm: Running, sent: bytes) -> None:
    response = await llm.http.post("/v1/messages", content=sent)

    assert (response.status_code, response.json()["error"]["type"]) == (400, "invalid_request_error")
    assert anthropic.requests() == []


async def test_a_request_over_32_mb_is_refused(anthropic: AnthropicService, llm: Running) -> None:
    response = await llm.http.post("/v1/messages", content=b" " * (32 * 1024 * 1024 + 1))

    assert (response.status_code, response.json()["error"]["type"]) == (413, "request_too_large")
    assert anthropic.requests() == []


async def test_a_job_may_ask_sixteen_times_at_once_and_no_more(anthropic: AnthropicService, llm: Running) -> None:
    anthropic.play(talk('{ kind = "silence", times = 0 }'))
    sending = [asyncio.create_task(llm.http.post("/v1/messages", json=body())) for _ in range(16)]
    await until(lambda: len(anthropic.requests()) == 16)

    one_more = await llm.http.post("/v1/messages", json=body())
    anthropic.release()

    assert (one_more.status_code, one_more.json()["error"]["type"]) == (429, "rate_limit_error")
    assert "x-should-retry" not in one_more.headers
    assert {answer.status_code for answer in await asyncio.gather(*sending)} == {200}
    assert (await llm.http.post("/v1/messages/count_tokens", json=body())).status_code == 200


async def test_logs_show_neither_token_nor_key_nor_what_was_said(anthropic: AnthropicService, llm: Running) -> None:
    anthropic.play(talk('{ kind = "refuse", status = 401 }'))
    with capture_logs(processors=[merge_contextvars]) as logs:
        await llm.http.post("/v1/messages", json=body())
        await llm.http.post("/v1/messages", json=body(model="gpt"))
        await llm.http.post("/v1/messages", headers={"x-api-key": "wrong-token"}, json=body())
        await llm.http.post("/v1/messages", content=b"hello")

    assert [log.get("job") for log in logs] == ["job-1", "job-1", None, "job-1"]
    for secret in (TOKEN, anthropic.api_key, "wrong-token", "hello"):
        assert secret not in str(logs)
