"""An answer of the model: as one JSON message, and as the chunks of a stream. Pure.

https://ai.google.dev/api/generate-content#generatecontentresponse: each chunk is a whole response with the next piece of text;
the last one says why it ended. All of them carry the use of tokens so far.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from emulators.plays.play import Grounding, StopReason, Usage

# Small enough that every sentence arrives in several pieces, as real ones do; a long text comes in longer ones.
_PIECE_CHARACTERS = 48
_MAX_PIECES = 200
# A token is about four characters: https://ai.google.dev/gemini-api/docs/tokens
CHARACTERS_PER_TOKEN = 4

# https://ai.google.dev/api/generate-content#FinishReason. That it calls functions is no reason of its own.
FINISH_REASONS: dict[StopReason, str] = {"max_tokens": "MAX_TOKENS", "refusal": "SAFETY"}


@dataclass(frozen=True)
class Answer:
    """One candidate. `calls` are (id, function, arguments)."""

    model: str
    text: str
    usage: Usage
    stop: StopReason
    calls: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    grounding: Grounding | None = None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def message(self) -> dict[str, Any]:
        """The answer to `generateContent`."""
        text = [{"text": self.text}] if self.text else []
        return self._response([*text, *self._call_parts()], self.usage.output, ended=True)

    def chunks(self) -> Iterator[dict[str, Any]]:
        """The answer to `streamGenerateContent`."""
        size = max(_PIECE_CHARACTERS, -(-len(self.text) // _MAX_PIECES))
        pieces = [self.text[start : start + size] for start in range(0, len(self.text), size)]
        for count, piece in enumerate(pieces[:-1], 1):
            yield self._response([{"text": piece}], self.usage.output * count // len(pieces), ended=False)
        last = [{"text": pieces[-1]}] if pieces else []
        yield self._response([*last, *self._call_parts()], self.usage.output, ended=True)

    def _call_parts(self) -> Iterator[dict[str, Any]]:
        for call_id, function, arguments in self.calls:
            call = {"id": call_id, "name": function, "args": arguments}
            yield {"functionCall": call, "thoughtSignature": base64.b64encode(call_id.encode()).decode()}

    def _response(self, parts: list[dict[str, Any]], output: int, *, ended: bool) -> dict[str, Any]:
        candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
        if ended:
            candidate["finishReason"] = FINISH_REASONS.get(self.stop, "STOP")
            if self.grounding is not None:
                candidate["groundingMetadata"] = self._grounding(self.grounding)
        return {
            "candidates": [candidate],
            "usageMetadata": self._usage(output),
            "modelVersion": self.model,
            "responseId": self.id,
        }

    def _grounding(self, found: Grounding) -> dict[str, Any]:
        """With the last chunk. Places in the text are counted in bytes, and one that is 0 is left out, as protocol buffers do.
        https://ai.google.dev/api/generate-content#GroundingMetadata"""
        segment = {"endIndex": len(self.text.encode()), "text": self.text}
        supports = [{"segment": segment, "groundingChunkIndices": list(range(len(found.pages)))}] if found.pages else []
        return {
            "searchEntryPoint": {"renderedContent": "<div>Google Search</div>"},
            "groundingChunks": [{"web": {"uri": page.uri, "title": page.title}} for page in found.pages],
            "groundingSupports": supports,
            "webSearchQueries": list(found.queries),
        }

    def _usage(self, output: int) -> dict[str, Any]:
        """What was read from the cache is part of the prompt, https://ai.google.dev/gemini-api/docs/caching, and what a search
        found is not."""
        prompt = self.usage.input + self.usage.cache_read + self.usage.cache_write
        found = self.grounding.tokens if self.grounding is not None else 0
        searched = {"toolUsePromptTokenCount": found} if found else {}
        cached = {"cachedContentTokenCount": self.usage.cache_read} if self.usage.cache_read else {}
        return {
            "promptTokenCount": prompt,
            **cached,
            "candidatesTokenCount": output,
            **searched,
            "totalTokenCount": prompt + output + found,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt}],
        }


def as_server_sent(chunk: dict[str, Any]) -> bytes:
    """One chunk as it goes over the wire with `alt=sse`."""
    return f"data: {json.dumps(chunk)}\r\n\r\n".encode()


def as_array(chunks: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """The chunks as they go over the wire without `alt=sse`: one JSON array, written as it comes."""
    for index, chunk in enumerate(chunks):
        yield (b",\r\n" if index else b"[") + json.dumps(chunk, indent=2).encode()
    yield b"\n]\n"
