"""However a stream is cut into chunks, the same lines come out, on both sides of it."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from io import BytesIO
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sandbox.lines import Lines
from sandbox.packed_supervisor import packed_supervisor
from sandbox.supervisor.events import Events

MAX_LINE_BYTES = 20

streams = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from([b"\n", b'{"type":"result"}\n', b'{"type": "x"}\n', b"x" * MAX_LINE_BYTES, b"x\n\n", b"\r\n"]),
    ),
    max_size=12,
).map(b"".join)


def chunked(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(places)]


def bounded(line: bytes) -> bytes:
    """What becomes of a whole line."""
    if len(line) <= MAX_LINE_BYTES:
        return line
    return json.dumps({"type": "supervisor", "subtype": "oversized_line", "bytes": len(line)}).encode()


@given(data=streams, cuts=st.lists(st.integers(0, 400), max_size=8))
def test_a_reader_gets_every_whole_line_once_with_the_offset_behind_it(data: bytes, cuts: list[int]) -> None:
    lines = Lines(1000, MAX_LINE_BYTES)

    read = [pair for chunk in chunked(data, cuts) for pair in lines.feed(chunk)]

    whole = data.split(b"\n")[:-1]
    assert [line for _, line in read] == [bounded(line) for line in whole]
    behind = [1000 + len(b"\n".join(whole[: count + 1])) + 1 for count in range(len(whole))]
    assert [offset for offset, _ in read] == behind
    assert lines.offset == (behind[-1] if behind else 1000)


@given(data=streams, cuts=st.lists(st.integers(0, 400), max_size=8))
def test_the_supervisor_writes_every_whole_line_once_and_counts_the_answers(data: bytes, cuts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "events.jsonl")
        events = Events(path, MAX_LINE_BYTES)
        for chunk in chunked(data, cuts):
            events.feed(chunk)
        events.close()
        with open(path, "rb") as file:
            written = file.read()

    *whole, last = data.split(b"\n")
    expected = [bounded(line) for line in whole]
    if len(last) > MAX_LINE_BYTES or is_object(last):
        expected.append(bounded(last))
    elif last:
        expected.append(json.dumps({"type": "supervisor", "subtype": "partial_line", "bytes": len(last)}).encode())
    assert written == b"".join(line + b"\n" for line in expected)
    assert events.results == sum(is_object(line) and json.loads(line).get("type") == "result" for line in expected)
    assert events.bytes_read == len(data)


def is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def test_the_packed_supervisor_is_the_same_each_time_and_holds_only_itself() -> None:
    names = zipfile.ZipFile(BytesIO(packed_supervisor())).namelist()

    packed_supervisor.cache_clear()
    assert packed_supervisor() == packed_supervisor.__wrapped__()
    assert {name.rpartition("/")[0] for name in names} == {"", "sandbox", "sandbox/supervisor"}
