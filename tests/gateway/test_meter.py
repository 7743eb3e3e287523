"""Reading the use of tokens in passing, whatever the pieces."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.gateway.model.meter import PlainMeter, StreamMeter
from github_app.gateway.model.prices import Tokens
from tests.gateway.requests import event, message_start, text_delta

START = message_start(input_tokens=10, cache_read_input_tokens=20, cache_creation_input_tokens=30, output_tokens=1)
DELTA = event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 40})
STOP = event("message_stop")


def used(output: int, *, input: int = 10) -> Tokens:
    """What START says of the prompt, with this output."""
    return Tokens(input=input, output=output, cache_read=20, cache_write=30)


def metered(meter: StreamMeter | PlainMeter, data: bytes, sizes: list[int]) -> Tokens | None:
    """Feed the data in pieces of these sizes, over and over."""
    position, turn = 0, 0
    while position < len(data):
        size = sizes[turn % len(sizes)]
        meter.feed(data[position : position + size])
        position, turn = position + size, turn + 1
    return meter.tokens()


@pytest.mark.parametrize(
    ("stream", "tokens"),
    [
        (START + text_delta("hi") + DELTA + STOP, used(40)),
        ((START + DELTA + STOP).replace(b"\n", b"\r\n"), used(40)),
        (START, used(1)),
        (START + text_delta("x" * 30), used(10)),
        (START + DELTA + event("message_delta", usage={"output_tokens": 50}), used(50)),
        (
            START + event("message_delta", usage={"output_tokens": 5, "input_tokens": 11}),
            used(5, input=11),
        ),
        (message_start(input_tokens=1, cache_creation_input_tokens=9) + DELTA, Tokens(input=1, cache_write=9, output=40)),
        (
            event(
                "message_start",
                message={"usage": {"cache_creation_input_tokens": 9, "cache_creation": {"ephemeral_1h_input_tokens": 7}}},
            ),
            Tokens(cache_write=9, cache_write_1h=7),
        ),
        (event("message_start", message={"usage": {"input_tokens": 1, "inference_geo": "us"}}), Tokens(input=1, us_only=True)),
        (START + b"data: {broken\n\n" + DELTA, used(40)),
        (message_start(input_tokens=-1_000_000, output_tokens=1) + STOP, None),
        (START + event("message_delta", usage={"output_tokens": 10**30}) + DELTA, used(40)),
        (START + b"data: " + b"x" * 90_000 + b"\n\n" + DELTA, used(40)),
        (START + b"data: " + b"x" * 90_000, used(30_002)),
        (b": ping\n\n", None),
        (b"", None),
    ],
)
@pytest.mark.parametrize("sizes", [[1], [7, 3], [100_000]])
def test_a_streams_use_is_read_in_pieces_of_any_size(stream: bytes, tokens: Tokens | None, sizes: list[int]) -> None:
    assert metered(StreamMeter(), stream, sizes) == tokens


def test_a_stream_has_ended_at_its_last_event() -> None:
    meter = StreamMeter()
    meter.feed(START + DELTA)
    assert not meter.ended
    meter.feed(STOP)
    assert meter.ended


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.just("usage"), inner, max_size=4),
    max_leaves=12,
)


@given(
    before=st.dictionaries(st.text().filter(lambda key: key != "usage"), JSON, max_size=4),
    after=st.dictionaries(st.text().filter(lambda key: key != "usage"), JSON, max_size=4),
    counts=st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)),
    sizes=st.lists(st.integers(1, 50), min_size=1, max_size=5),
    ascii_only=st.booleans(),
)
def test_a_plain_answers_own_usage_is_found_among_anything(
    before: dict[str, Any], after: dict[str, Any], counts: tuple[int, int], sizes: list[int], ascii_only: bool
) -> None:
    usage = {"input_tokens": counts[0], "nested": {"a": ['}"']}, "output_tokens": counts[1]}
    document = json.dumps({**before, "usage": usage, **after}, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    meter = PlainMeter()

    assert metered(meter, document, sizes) == Tokens(input=counts[0], output=counts[1])
    assert meter.ended


@pytest.mark.parametrize(
    "document",
    [
        *(b"", b"[]", b"{}", b'{"usage": null}', b'{"usage": {"input_tokens": "1"}}', b'{"usage": {"input_tokens": 1'),
        *(b'{"content": {"usage": {"input_tokens": 1}}}', b'{"a": ["usage", {"input_tokens": 1}]}'),
        *(b'{"usage": {"output_tokens": -1}}', b'{"usage": {"input_tokens": 1e300}}'),
        *(b'{"type": "usage", "x": {"input_tokens": 1}}', b'{"usage": [{"input_tokens": 1}]}'),
    ],
)
def test_an_answer_that_says_nothing_of_its_use_is_known_to_say_nothing(document: bytes) -> None:
    assert metered(PlainMeter(), document, [3]) is None


def test_a_huge_answer_leaves_nothing_behind_in_the_meter() -> None:
    plain, stream = PlainMeter(), StreamMeter()
    for _ in range(100):
        plain.feed(b'{"usage": {"x": "' + b"~" * 100_000)
        stream.feed(b"data: " + b"~" * 100_000)

    held = [value for meter in (plain, stream) for value in vars(meter).values() if isinstance(value, bytearray)]
    assert sum(map(len, held)) < 200_000
