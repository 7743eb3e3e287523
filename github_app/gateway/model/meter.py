"""Reads the use of tokens out of an answer while it passes by, in pieces of any size, and keeps next to nothing of it. Pure.

A stream reports in `message_start` (the prompt) and `message_delta` (all output so far), a plain answer in its `usage`:
https://docs.claude.com/en/api/messages-streaming. An answer that broke off before its last report is reckoned by what came.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Any, Protocol

import msgspec

from github_app.gateway.model.prices import MOST_TOKENS, Tokens

# Reports are some hundred bytes; a longer line or object can't be one and is passed over unread.
_MAX_REPORT_BYTES = 64 * 1024
# Anthropic's rule of thumb is 3.5 characters of English for a token; code has fewer, and a job is not to gain by breaking off.
CHARACTERS_PER_TOKEN = 3
# A report that says more than that, or less than nothing, is none: it would fill a budget anew, or could not be recorded.
_Count = Annotated[int, msgspec.Meta(ge=0, le=MOST_TOKENS)]


class Meter(Protocol):
    """Is fed the body as it arrives."""

    def feed(self, chunk: bytes) -> None: ...

    @property
    def ended(self) -> bool:
        """Whether the answer is complete."""
        ...

    @property
    def is_final(self) -> bool:
        """Whether the last report has come: what is known is what the whole answer used."""
        ...

    def tokens(self) -> Tokens | None:
        """What is known so far; None when the answer never said."""
        ...


class _CacheCreation(msgspec.Struct):
    ephemeral_1h_input_tokens: _Count | None = None


class _Usage(msgspec.Struct):
    input_tokens: _Count | None = None
    output_tokens: _Count | None = None
    cache_read_input_tokens: _Count | None = None
    cache_creation_input_tokens: _Count | None = None
    cache_creation: _CacheCreation | None = None
    inference_geo: str | None = None


class _Message(msgspec.Struct):
    usage: _Usage | None = None


class _Delta(msgspec.Struct):
    text: str = ""
    partial_json: str = ""
    thinking: str = ""


class _Event(msgspec.Struct):
    type: str = ""
    message: _Message | None = None
    usage: _Usage | None = None
    delta: _Delta | None = None


_EVENT = msgspec.json.Decoder(_Event)
_USAGE = msgspec.json.Decoder(_Usage)


def meter_for(content_type: str) -> Meter:
    """The meter that reads this kind of body."""
    return StreamMeter() if content_type.startswith("text/event-stream") else PlainMeter()


class StreamMeter:
    """Server-sent events."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._overlong = False
        self._tokens: Tokens | None = None
        self._output_is_final = False
        self._characters = 0
        self.ended = False

    def feed(self, chunk: bytes) -> None:
        *complete, rest = chunk.split(b"\n")
        for end_of_line in complete:
            self._keep(end_of_line)
            if not self._overlong:
                self._read(bytes(self._line))
            self._line.clear()
            self._overlong = False
        self._keep(rest)

    @property
    def is_final(self) -> bool:
        return self.ended and self._output_is_final

    def tokens(self) -> Tokens | None:
        if self._tokens is None or self._output_is_final:
            return self._tokens
        return replace(self._tokens, output=max(self._tokens.output, -(-self._characters // CHARACTERS_PER_TOKEN)))

    def _keep(self, piece: bytes) -> None:
        if len(self._line) + len(piece) > _MAX_REPORT_BYTES:
            # What can't be read is still output.
            self._characters += len(self._line) + len(piece)
            self._overlong = True
            self._line.clear()
        elif self._overlong:
            self._characters += len(piece)
        else:
            self._line += piece

    def _read(self, line: bytes) -> None:
        if not line.startswith(b"data:"):
            return
        try:
            event = _EVENT.decode(line[len(b"data:") :])
        except msgspec.MsgspecError:
            self._characters += len(line)
            return
        if event.delta is not None and event.type == "content_block_delta":
            self._characters += len(event.delta.text) + len(event.delta.partial_json) + len(event.delta.thinking)
        elif event.message is not None and event.message.usage is not None:
            self._tokens = _merged(self._tokens, event.message.usage)
        elif event.type == "message_delta" and event.usage is not None:
            self._tokens = _merged(self._tokens, event.usage)
            self._output_is_final = event.usage.output_tokens is not None
        self.ended = self.ended or event.type == "message_stop"


class PlainMeter:
    """One JSON object: finds its own `usage`, not one inside of it, without reading the rest."""

    # Outside strings only these matter; inside, only the quote and the backslash.
    _OUTSIDE = re.compile(rb'["{}\[\]]')
    _INSIDE = re.compile(rb'["\\]')

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._key = bytearray()
        self._capture: bytearray | None = None
        self._tokens: Tokens | None = None
        self.ended = False

    def feed(self, chunk: bytes) -> None:
        position = 0
        while position < len(chunk):
            position = self._inside_string(chunk, position) if self._in_string else self._outside_string(chunk, position)

    @property
    def is_final(self) -> bool:
        return self._tokens is not None

    def tokens(self) -> Tokens | None:
        return self._tokens

    def _inside_string(self, chunk: bytes, position: int) -> int:
        if self._escaped:
            self._escaped = False
            self._remember(chunk[position : position + 1])
            return position + 1
        found = self._INSIDE.search(chunk, position)
        end = found.end() if found else len(chunk)
        self._remember(chunk[position:end])
        if found:
            self._escaped = found.group() == b"\\"
            self._in_string = self._escaped
        return end

    def _outside_string(self, chunk: bytes, position: int) -> int:
        found = self._OUTSIDE.search(chunk, position)
        end = found.end() if found else len(chunk)
        mark = found.group() if found else b""
        if mark == b"{" and self._depth == 1 and self._key == b'usage"' and self._capture is None:
            self._capture = bytearray(b"{")
        else:
            self._remember(chunk[position:end])
        if mark == b'"':
            self._in_string = True
            if self._depth == 1:
                self._key.clear()
        elif mark in (b"{", b"["):
            self._depth += 1
        elif mark in (b"}", b"]"):
            self._depth -= 1
            self.ended = self._depth == 0
            if self._depth == 1 and self._capture is not None:
                self._read(bytes(self._capture))
                self._capture = None
        return end

    def _remember(self, piece: bytes) -> None:
        if self._capture is not None:
            self._capture += piece[: _MAX_REPORT_BYTES - len(self._capture)]
        elif self._in_string and self._depth == 1 and len(self._key) < len(b'usage"') + 1:
            self._key += piece[: len(b'usage"') + 1]

    def _read(self, captured: bytes) -> None:
        try:
            self._tokens = _merged(self._tokens, _USAGE.decode(captured))
        except msgspec.MsgspecError:
            self._tokens = None


def _merged(known: Tokens | None, report: _Usage) -> Tokens:
    """What was known, with what a later report says in its place: reports are sums, not additions."""
    said: dict[str, Any] = {
        "input": report.input_tokens,
        "output": report.output_tokens,
        "cache_read": report.cache_read_input_tokens,
        "cache_write": report.cache_creation_input_tokens,
        "cache_write_1h": report.cache_creation.ephemeral_1h_input_tokens if report.cache_creation else None,
        "us_only": True if report.inference_geo == "us" else None,
    }
    return replace(known or Tokens(), **{name: value for name, value in said.items() if value is not None})
