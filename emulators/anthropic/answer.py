"""An answer of the model: as one JSON message, and as the events of a stream. Pure.

https://docs.claude.com/en/api/messages-streaming: message_start; per block content_block_start, deltas, content_block_stop;
message_delta; message_stop; pings in between.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from emulators.plays.play import StopReason, Usage

Event = dict[str, Any]

# Small enough that every sentence and every tool input arrives in several pieces, as real ones do.
_TEXT_PIECE_CHARACTERS = 24
_INPUT_PIECE_CHARACTERS = 16
# Big texts come in bigger pieces, or a flood of them would mostly be envelope.
_MAX_PIECES = 400
# Claude's tokens are about four characters of English each: https://docs.claude.com/en/docs/about-claude/glossary#tokens
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Answer:
    """One assistant message. `calls` are (id, tool, input)."""

    model: str
    text: str
    usage: Usage
    stop_reason: StopReason
    calls: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    id: str = field(default_factory=lambda: f"msg_{secrets.token_hex(12)}")

    def message(self) -> dict[str, Any]:
        """The answer to a request that doesn't stream."""
        return {
            **self._envelope(),
            "content": self._blocks(),
            "stop_reason": self.stop_reason,
            "usage": self._usage(self.usage.output),
        }

    def events(self) -> Iterator[Event]:
        """The answer to a request that streams."""
        yield {
            "type": "message_start",
            "message": {**self._envelope(), "content": [], "stop_reason": None, "usage": self._usage(1)},
        }
        for index, block in enumerate(self._blocks()):
            is_text = block["type"] == "text"
            empty = {**block, "text": ""} if is_text else {**block, "input": {}}
            yield {"type": "content_block_start", "index": index, "content_block": empty}
            if index == 0:
                yield {"type": "ping"}
            for delta in _text_deltas(block["text"]) if is_text else _input_deltas(block["input"]):
                yield {"type": "content_block_delta", "index": index, "delta": delta}
            yield {"type": "content_block_stop", "index": index}
        yield {
            "type": "message_delta",
            "delta": {"stop_reason": self.stop_reason, "stop_sequence": None},
            "usage": self._usage(self.usage.output),
        }
        yield {"type": "message_stop"}

    def _envelope(self) -> dict[str, Any]:
        return {"id": self.id, "type": "message", "role": "assistant", "model": self.model, "stop_sequence": None}

    def _blocks(self) -> list[dict[str, Any]]:
        text = [{"type": "text", "text": self.text}] if self.text else []
        return text + [{"type": "tool_use", "id": call_id, "name": tool, "input": data} for call_id, tool, data in self.calls]

    def _usage(self, output: int) -> dict[str, Any]:
        return {
            "input_tokens": self.usage.input,
            "cache_creation_input_tokens": self.usage.cache_write,
            "cache_read_input_tokens": self.usage.cache_read,
            "cache_creation": {"ephemeral_5m_input_tokens": self.usage.cache_write, "ephemeral_1h_input_tokens": 0},
            "output_tokens": output,
            "service_tier": "standard",
        }


def as_server_sent(event: Event) -> bytes:
    """One event as it goes over the wire."""
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _text_deltas(text: str) -> Iterator[dict[str, str]]:
    return ({"type": "text_delta", "text": piece} for piece in _pieces(text, _TEXT_PIECE_CHARACTERS))


def _input_deltas(data: dict[str, Any]) -> Iterator[dict[str, str]]:
    # The first piece is always empty on the real service.
    yield {"type": "input_json_delta", "partial_json": ""}
    for piece in _pieces(json.dumps(data), _INPUT_PIECE_CHARACTERS):
        yield {"type": "input_json_delta", "partial_json": piece}


def _pieces(text: str, size: int) -> Iterator[str]:
    size = max(size, -(-len(text) // _MAX_PIECES))
    return (text[start : start + size] for start in range(0, len(text), size))
