"""What a play can make go wrong."""

from __future__ import annotations

import httpx
import pytest

from tests.anthropic_service import AnthropicService
from tests.emulators.anthropic.conversations import TALK, body


def talk_with(fault: str) -> str:
    return f"{TALK}fault = {fault}\n"


def stream(client: httpx.Client) -> list[str]:
    """The event types of a stream, up to where it ends or breaks."""
    kinds: list[str] = []
    with client.stream("POST", "/v1/messages", json=body("hello", stream=True)) as response:
        for line in response.iter_lines():
            if line.startswith("event: "):
                kinds.append(line.removeprefix("event: "))
    return kinds


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "authentication_error"), (429, "rate_limit_error"), (500, "api_error"), (529, "overloaded_error")],
)
def test_an_error_befalls_as_often_as_the_play_says(
    anthropic: AnthropicService, client: httpx.Client, status: int, kind: str
) -> None:
    anthropic.play(talk_with(f'{{ kind = "refuse", status = {status}, retry_after = 7, times = 2 }}'))

    answers = [client.post("/v1/messages", json=body("hello")) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].json()["error"]["type"] == kind
    assert answers[0].headers["retry-after"] == "7"


def test_a_fault_can_befall_requests_by_their_number(anthropic: AnthropicService, client: httpx.Client) -> None:
    anthropic.play(TALK + '[[faults]]\nrequests = [2]\nfault = { kind = "refuse", status = 500 }\n')

    assert [client.post("/v1/messages", json=body("hello")).status_code for _ in range(3)] == [200, 500, 200]


def test_a_cut_stream_breaks_off_after_its_events(anthropic: AnthropicService, client: httpx.Client) -> None:
    anthropic.play(talk_with('{ kind = "cut", after_events = 3 }'))

    received: list[bytes] = []
    with (
        client.stream("POST", "/v1/messages", json=body("hello", stream=True)) as response,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        received.extend(response.iter_bytes())

    assert b"".join(received).count(b"event: ") == 3
    assert anthropic.requests()[-1]["outcome"] == "cut"


def test_a_silence_says_nothing_more_until_it_is_released(anthropic: AnthropicService, client: httpx.Client) -> None:
    anthropic.play(talk_with('{ kind = "silence", after_events = 2 }'))

    with client.stream("POST", "/v1/messages", json=body("hello", stream=True)) as response:
        lines = response.iter_lines()
        while next(lines) != "event: content_block_start":
            pass
        assert anthropic.requests()[-1]["outcome"] == "open"
        anthropic.release()
        assert list(lines)[-3] == "event: message_stop"


def test_a_silence_ends_when_the_client_goes_away(anthropic: AnthropicService, client: httpx.Client) -> None:
    anthropic.play(talk_with('{ kind = "silence" }'))

    with pytest.raises(httpx.ReadTimeout):
        client.post("/v1/messages", json=body("hello"), timeout=0.1)

    while (outcome := anthropic.requests()[-1]["outcome"]) == "open":
        pass
    assert outcome == "client gone"


def test_a_slow_stream_waits_before_each_event(anthropic: AnthropicService, client: httpx.Client) -> None:
    anthropic.play(talk_with('{ kind = "slow", seconds = 0.02 }'))

    response = client.post("/v1/messages", json=body("hello", stream=True))

    assert response.elapsed.total_seconds() >= 0.02 * response.text.count("event: ")


def test_a_flood_is_as_big_as_the_play_says(anthropic: AnthropicService, client: httpx.Client) -> None:
    anthropic.play(talk_with('{ kind = "flood", mebibytes = 2 }'))

    assert len(client.post("/v1/messages", json=body("hello", stream=True)).content) > 2 * 1024 * 1024
