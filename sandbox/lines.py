"""Cuts a stream of bytes into lines, knows the offset behind each, and holds a bounded amount of memory. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator


class Lines:
    """`offset` lies behind the last whole line that was given out: a reader who starts again there misses and doubles none."""

    def __init__(self, offset: int, max_line_bytes: int) -> None:
        self.offset = offset
        self._max = max_line_bytes
        self._unfinished = bytearray()
        self._dropped = 0  # bytes so far of a line that is too long to hold

    def feed(self, chunk: bytes) -> Iterator[tuple[int, bytes]]:
        """The lines that `chunk` completes, without their newline, each with the offset behind it.

        A line of more than `max_line_bytes` is replaced by a supervisor's event that says so.
        """
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            size = self._dropped + len(self._unfinished) + len(end)
            line = bytes(self._unfinished) + end if size <= self._max else _oversized(size)
            self._unfinished.clear()
            self._dropped = 0
            self.offset += size + 1
            yield self.offset, line
        if self._dropped + len(self._unfinished) + len(rest) > self._max:
            self._dropped += len(self._unfinished) + len(rest)
            self._unfinished.clear()
        else:
            self._unfinished += rest


def _oversized(size: int) -> bytes:
    return json.dumps({"type": "supervisor", "subtype": "oversized_line", "bytes": size}).encode()
