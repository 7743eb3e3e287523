"""`/v1/messages` and its neighbours, as a client of Anthropic sees them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.anthropic_service import AnthropicService, fingerprint
from tests.emulators.anthropic.conversations import TALK, TOOL, answering, body, events, tools

ASKED = [
    {"role": "user", "content": "hello"},
    {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "T", "input": {}}]},
]
ANSWER_TO_B = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "b", "content": ""}]}


def test_a_stream_has_the_events_of_the_real_service_in_their_order(anthropic: AnthropicService, client: httpx.Client) -> None:
    anthropic.play(TALK)

    response = client.post("/v1/messages", json=body("hello", stream=True))

    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["request-id"].startswith("req_")
    stream = events(response)
    kinds = [event["type"] for event in stream if event["type"] != "content_block_delta"]
    assert kinds == ["message_start", "content_block_start", "ping", "content_block_stop", "message_delta", "message_stop"]
    texts = [event["delta"]["text"] for event in stream if event["type"] == "content_block_delta"]
    assert len(texts) > 1
    assert "".join(texts) == "Hello, whoever you are, and welcome."


def test_usage_is_the_plays_in_a_stream_and_in_a_plain_answer(anthropic: AnthropicService, client: httpx.Client) -> None:
    anthropic.play(TALK)
    expected = {"input_tokens": 11, "output_tokens": 22, "cache_read_input_tokens": 33, "cache_creation_input_tokens": 44}

    start, *_, delta, _ = events(client.post("/v1/messages", json=body("hello", stream=True)))
    plain = client.post("/v1/messages", json=body("hello")).json()

    assert expected.items() <= delta["usage"].items()
    assert {**expected, "output_tokens": 1}.items() <= start["message"]["usage"].items()
    assert expected.items() <= plain["usage"].items()
    assert plain["stop_reason"] == "end_turn"


def test_a_tool_input_arrives_in_pieces_and_is_filled_in_from_the_conversation(
    anthropic: AnthropicService, client: httpx.Client
) -> None:
    anthropic.play(TOOL)
    system = [{"type": "text", "text": "# Environment\n - Primary working directory: /somewhere/else\n"}]

    stream = events(client.post("/v1/messages", json=body("look", stream=True, tools=tools("Read"), system=system)))

    pieces = [event["delta"]["partial_json"] for event in stream if event.get("delta", {}).get("type") == "input_json_delta"]
    assert len(pieces) > 2
    assert json.loads("".join(pieces)) == {"file_path": "/somewhere/else/a.py", "limit": 3}
    assert stream[-2]["delta"]["stop_reason"] == "tool_use"


@pytest.mark.parametrize(("result", "said"), [("1 x = 1", "It is there."), ("No such file", "It is not there.")])
def test_the_next_scene_follows_from_the_tools_result(
    anthropic: AnthropicService, client: httpx.Client, result: str, said: str
) -> None:
    anthropic.play(TOOL)
    request = body("look", tools=tools("Read"), system="Working directory: /w")
    first = client.post("/v1/messages", json=request).json()

    second = client.post("/v1/messages", json=answering(request, first, result)).json()

    assert second["content"] == [{"type": "text", "text": said}]


def test_a_repeated_request_gets_the_same_scene_again(anthropic: AnthropicService, client: httpx.Client) -> None:
    anthropic.play(TOOL)
    request = body("look", tools=tools("Read"), system="Working directory: /w")

    for _ in range(2):
        client.post("/v1/messages", json=request)

    assert anthropic.scenes() == ["tool/call", "tool/call"]


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "x-api-key header is required"),
        ({"x-api-key": "wrong"}, "invalid x-api-key"),
        ({"x-api-key": "schlüssel".encode()}, "invalid x-api-key"),
        ({"authorization": "Bearer wrong"}, "Invalid bearer token"),
    ],
)
def test_a_wrong_or_missing_key_is_refused_in_anthropics_words(
    anthropic: AnthropicService, headers: dict[str, Any], message: str
) -> None:
    response = anthropic.controls.post("/v1/messages", headers=headers, json=body("hello"))

    assert response.status_code == 401
    assert response.json()["type"] == "error"
    assert response.json()["error"] == {"type": "authentication_error", "message": message}


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"model": "m", "messages": [{"role": "user", "content": "x"}]}, "max_tokens: Field required"),
        (body("x", max_tokens=0), "max_tokens: Input should be greater than or equal to 1"),
        ({"max_tokens": 1, "messages": [{"role": "user", "content": "x"}]}, "model: Field required"),
        (body("x", messages=[]), "messages: at least one message is required"),
        (body("x", messages=[{"role": "assistant", "content": "x"}]), 'messages: first message must use the "user" role'),
        (body("x", messages=[{"role": "user"}]), "messages.0.content: Field required"),
        (body("x", messages=[{"role": "robot", "content": "x"}]), "messages.0.role: Invalid enum value 'robot'"),
        (body("x", messages=[*ASKED, {"role": "user", "content": "x"}]), "messages.2: `tool_use` ids were found without"),
        (
            body("x", messages=[*ASKED, ANSWER_TO_B]),
            "messages.2.content.0: unexpected `tool_use_id` found in `tool_result` blocks: b.",
        ),
        (body("x", messages=[ANSWER_TO_B]), "messages.0.content.0: unexpected `tool_use_id`"),
    ],
)
def test_a_request_of_the_wrong_shape_is_refused_with_its_place(
    client: httpx.Client, sent: dict[str, Any], message: str
) -> None:
    response = client.post("/v1/messages", json=sent)

    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"
    assert response.json()["error"]["message"].startswith(message)


def test_a_prompt_that_no_act_answers_is_an_error_that_shows_it(anthropic: AnthropicService, client: httpx.Client) -> None:
    anthropic.play(TALK)

    response = client.post("/v1/messages", json=body("something else"))

    assert response.status_code == 400
    assert "no act of the plays (Talk) answers the prompt 'something else'" in response.json()["error"]["message"]


def test_a_side_request_of_the_cli_is_answered_by_its_schema_and_leaves_the_play_alone(
    anthropic: AnthropicService, client: httpx.Client
) -> None:
    anthropic.play(TALK)
    schema = {"type": "object", "properties": {"title": {"type": "string"}, "tags": {"type": "array"}}, "required": ["title"]}
    request = body("hello", output_config={"format": {"type": "json_schema", "schema": schema}})

    answer = client.post("/v1/messages", headers={"x-app": "cli"}, json=request).json()

    assert json.loads(answer["content"][0]["text"]).keys() == {"title"}
    assert anthropic.scenes() == []


def test_tokens_can_be_counted_without_saying_how_many_may_come(client: httpx.Client) -> None:
    request = {"model": "m", "messages": [{"role": "user", "content": "x" * 400}]}

    assert client.post("/v1/messages/count_tokens", json=request).json() == {"input_tokens": 100}


def test_models_are_listed_and_an_unknown_path_is_not_found(client: httpx.Client) -> None:
    assert "claude-opus-5-5" in [model["id"] for model in client.get("/v1/models").json()["data"]]
    assert client.get("/v1/models/claude-haiku-5-5").json()["display_name"] == "Claude Haiku 5.5"
    assert client.get("/v1/models/unheard-of").json()["error"]["type"] == "not_found_error"
    assert client.get("/v1/files").status_code == 404


def test_the_record_shows_what_was_sent_and_credentials_only_by_fingerprint(
    anthropic: AnthropicService, client: httpx.Client
) -> None:
    anthropic.play(TALK)
    client.post("/v1/messages?beta=true", headers={"anthropic-beta": "b-1"}, json=body("hello"))
    anthropic.controls.post("/v1/messages", headers={"authorization": "Bearer tok-1"}, json=body("hello"))

    mine, stranger = anthropic.requests()

    assert (mine["path"], mine["query"], mine["scene"], mine["status"], mine["outcome"]) == (
        *("/v1/messages", "beta=true", "talk/answer", 200, "answered"),
    )
    assert mine["headers"]["anthropic-beta"] == "b-1"
    assert mine["body"]["messages"] == [{"role": "user", "content": "hello"}]
    assert mine["credentials"] == [{"header": "x-api-key", "kind": "key", "sha256": fingerprint(anthropic.api_key)}]
    assert stranger["credentials"] == [{"header": "authorization", "kind": "bearer", "sha256": fingerprint("tok-1")}]
    assert anthropic.api_key not in json.dumps([mine, stranger])
    assert "tok-1" not in json.dumps([mine, stranger])


STEERED = """
title = "Steered"
[capture]
number = 'Task #(\\d+)'
[[acts]]
name = "steered"
prompt = "begin"
[[acts.scenes]]
name = "call"
[[acts.scenes.calls]]
tool = "Bash"
input = { command = "true" }
[[acts.scenes]]
name = "obey"
when = { heard = "stop" }
say = "Stopped."
[[acts.scenes]]
name = "go-on"
when = { results = 1 }
say = "Task ${number} is done."
"""


@pytest.mark.parametrize(
    ("heard", "result", "said"),
    [
        ([{"role": "system", "content": "The user sent a new message while you were working:\nstop"}], "", "Stopped."),
        ([], "Task #1 created\nTask #23 created", "Task 23 is done."),
    ],
)
def test_a_scene_can_depend_on_what_is_heard_and_say_what_was_captured(
    anthropic: AnthropicService, client: httpx.Client, heard: list[dict[str, Any]], result: str, said: str
) -> None:
    anthropic.play(STEERED)
    request = body("begin", tools=tools("Bash"))
    first = client.post("/v1/messages", json=request).json()
    following = answering(request, first, result)
    following["messages"] += heard

    second = client.post("/v1/messages", json=following).json()

    assert second["content"] == [{"type": "text", "text": said}]


@pytest.mark.parametrize(
    ("play", "offered", "problem"),
    [
        (TOOL, tools("Bash"), "scene tool/call calls 'Read', but the client offers Bash"),
        (TOOL, tools("Read"), "the conversation has nothing for ${cwd} yet"),
        (TALK.replace("say", "when = { results = 9 }\nsay"), [], "act 'talk' has no scene left after 0 tool results"),
    ],
)
def test_a_play_that_doesnt_fit_its_client_says_where(
    anthropic: AnthropicService, client: httpx.Client, play: str, offered: list[dict[str, Any]], problem: str
) -> None:
    anthropic.play(play)

    response = client.post("/v1/messages", json=body("hello, look", tools=offered))

    assert response.status_code == 400
    assert problem in response.json()["error"]["message"]
