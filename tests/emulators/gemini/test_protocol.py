"""The Gemini API as its reference has it, where Google's SDK would not show the difference."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.anthropic_service import TRUST_NOBODY
from tests.gemini_service import GeminiService

GENERATE = "/v1beta/models/gemini-3.1-pro-preview:generateContent"
STREAM = "/v1beta/models/gemini-3.1-pro-preview:streamGenerateContent"
PLAY = """
title = "Talk"
[[acts]]
name = "talk"
prompt = "hello"
[[acts.scenes]]
name = "answer"
say = "Hello, whoever you are, and welcome to a place where sentences come in pieces."
"""
HELLO = {"role": "user", "parts": [{"text": "hello"}]}
CALL = {"role": "model", "parts": [{"functionCall": {"name": "look", "args": {}}}]}
RESULT = {"role": "user", "parts": [{"functionResponse": {"name": "look", "response": {"output": "x"}}}]}


def test_a_stream_is_server_sent_events_or_one_array(gemini: GeminiService, client: httpx.Client) -> None:
    gemini.play(PLAY)
    events = client.post(STREAM, params={"alt": "sse"}, json={"contents": [HELLO]})
    array = client.post(STREAM, json={"contents": [HELLO]})

    assert events.headers["content-type"].startswith("text/event-stream")
    read = [json.loads(line.removeprefix("data: ")) for line in events.text.split("\r\n\r\n") if line]
    assert [text_of(chunk) for chunk in read] == [text_of(chunk) for chunk in array.json()]
    assert len(read) > 1


def text_of(chunk: dict[str, Any]) -> str:
    return str(chunk["candidates"][0]["content"]["parts"][0]["text"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"contents": [HELLO], "sytemInstruction": {}}, 'Unknown name "sytemInstruction": Cannot find field.'),
        ({"contents": [HELLO], "generation_config": {"max_tokens": 3}}, "Unknown name \"maxTokens\" at 'generation_config'"),
        ({"contents": [{"parts": [{"txt": "hello"}]}]}, "Unknown name \"txt\" at 'contents[0].parts[0]'"),
        ({"contents": []}, "contents is not specified"),
        ({"contents": [{"role": "assistant", "parts": [{"text": "hello"}]}]}, "Please use a valid role: user, model."),
        ({"contents": [{"role": "user", "parts": []}]}, "contents.parts must not be empty"),
        ({"contents": [HELLO, RESULT]}, "number of function response parts is equal"),
        ({"contents": [HELLO, CALL, HELLO]}, "number of function response parts is equal"),
        ({"contents": [CALL, RESULT]}, "comes immediately after a user turn"),
        ({"contents": ["hello"]}, "Invalid value at 'contents[0]'"),
        ({"contents": [{"parts": [{"text": "what else?"}]}]}, "no act of the plays (Talk) answers the prompt 'what else?'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_api_does_not_take_is_refused_by_name(
    gemini: GeminiService, client: httpx.Client, body: dict[str, Any], said: str
) -> None:
    gemini.play(PLAY)
    refused = client.post(GENERATE, json=body)

    assert refused.status_code == 400
    assert said in refused.json()["error"]["message"]
    assert refused.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_snake_case_is_read_as_camel_case_is(gemini: GeminiService, client: httpx.Client) -> None:
    gemini.play(PLAY)
    body = {"contents": [HELLO], "system_instruction": {"parts": {"text": "x"}}, "generation_config": {"max_output_tokens": 2}}
    answer = client.post(GENERATE, json=body).raise_for_status().json()

    assert answer["usageMetadata"]["candidatesTokenCount"] == 2


def test_who_has_no_key_is_told_so(gemini: GeminiService) -> None:
    with httpx.Client(base_url=gemini.url, timeout=60, verify=TRUST_NOBODY) as nobody:
        refused = nobody.post(STREAM, json={"contents": [HELLO]})
        by_query = nobody.get("/v1beta/models", params={"key": gemini.api_key})

    assert refused.status_code == 403
    (error,) = refused.json()  # a stream that is an array says its error in one
    assert error["error"]["status"] == "PERMISSION_DENIED"
    assert by_query.status_code == 200
    assert gemini.api_key not in str(gemini.requests())


def test_a_fault_cuts_an_answer_off(gemini: GeminiService, client: httpx.Client) -> None:
    gemini.play(PLAY + 'fault = { kind = "cut", after_events = 1 }')
    with pytest.raises(httpx.RemoteProtocolError):
        client.post(STREAM, params={"alt": "sse"}, json={"contents": [HELLO]})
    assert client.post(GENERATE, json={"contents": [HELLO]}).status_code == 200
    assert [request["outcome"] for request in gemini.requests()] == ["cut", "answered"]
