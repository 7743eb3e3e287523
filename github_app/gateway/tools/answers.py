"""What a tool answered, as the agent gets it: bounded, redacted, and marked as somebody else's words. Pure.

Texts are wrapped in a delimiter with a fresh nonce, which they can't contain, so that none can pretend to have ended. Nothing
reaches the agent beside that: a server's structured answer is given as text where there is no other, and its notes to clients
(`_meta`, `annotations`) are left out.
https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool-result
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from github_app.text.hidden import uncover
from github_app.text.invisible import drop_invisible
from github_app.text.redact import Redactor

# The Claude CLI takes 25,000 tokens from a tool; a token of code is some three characters.
MAX_TEXT_CHARACTERS = 40_000
MAX_BLOCKS = 50
# Of pictures and sounds together, as base64.
MAX_MEDIA_CHARACTERS = 4 * 1024 * 1024
MAX_NAME_CHARACTERS = 500
NONCE_BYTES = 8

IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
SOUNDS = frozenset({"audio/wav", "audio/mpeg", "audio/ogg"})

Block = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """`content` are MCP's blocks as plain JSON, `is_error` says that the tool did not do it. `characters` is how much came,
    before it was cut."""

    content: tuple[Block, ...]
    is_error: bool
    characters: int

    def as_result(self) -> dict[str, Any]:
        return {"content": list(self.content), "isError": self.is_error}


def refusal(sentence: str) -> Answer:
    """Harvest's own word in the place of an answer."""
    return Answer(({"type": "text", "text": sentence},), is_error=True, characters=0)


def as_given(server: str, tool: str, result: Mapping[str, Any], redact: Redactor, *, as_people_see_it: bool = True) -> Answer:
    """The answer to a call, from the server's result as plain JSON. `as_people_see_it` takes out what a page would not show
    (comments in HTML); without it texts keep those, as code does, and lose only invisible characters."""
    blocks = result.get("content")
    listed = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    if not listed and result.get("structuredContent") is not None:
        listed = [{"type": "text", "text": json.dumps(result["structuredContent"], ensure_ascii=False)}]
    room = _Room(f"{server}: {tool}", redact, uncover if as_people_see_it else drop_invisible)
    content = [given for block in listed[:MAX_BLOCKS] for given in room.take(block)]
    if len(listed) > MAX_BLOCKS:
        content.append(_note(f"{len(listed) - MAX_BLOCKS} more parts of the answer were left out"))
    if not content:
        content.append(_note("the answer is empty"))
    return Answer(tuple(content), is_error=result.get("isError") is True, characters=room.characters)


class _Room:
    """How much there still is room for in one answer."""

    def __init__(self, source: str, redact: Redactor, visible: Any) -> None:
        self.characters = 0
        self._source = source
        self._redact = redact
        self._visible = visible
        self._text_left = MAX_TEXT_CHARACTERS
        self._media_left = MAX_MEDIA_CHARACTERS

    def take(self, block: Block) -> Iterator[Block]:
        match block:
            case {"type": "text", "text": str(text)}:
                yield {"type": "text", "text": self._wrapped(text)}
            case {"type": "image" | "audio" as kind, "data": str(data), "mimeType": str(mime)}:
                yield self._media(kind, data, mime)
            case {"type": "resource", "resource": {"text": str(text), **resource}}:
                uri, mime = (self._name(resource.get(key)) for key in ("uri", "mimeType"))
                shown = {"uri": uri or "about:blank", "mimeType": mime or "text/plain", "text": self._wrapped(text)}
                yield {"type": "resource", "resource": shown}
            case {"type": "resource", "resource": {"blob": str(blob)}}:
                self.characters += len(blob)
                yield _note(f"a file of some {len(blob) * 3 // 4:,} bytes was left out")
            case {"type": "resource_link", "uri": str(uri)}:
                yield {"type": "text", "text": self._wrapped(f"{self._name(block.get('name'))}: {self._name(uri)}")}
            case _:
                yield _note("a part of the answer of a kind that is not passed on was left out")

    def _wrapped(self, text: str) -> str:
        self.characters += len(text)
        # What is hidden may be most of a text; more than this is not looked at.
        shown = self._redact(self._visible(text[: 4 * MAX_TEXT_CHARACTERS]))
        if len(shown) > self._text_left or len(text) > 4 * MAX_TEXT_CHARACTERS:
            shown = f"{shown[: self._text_left]}\n[cut here: the answer of {len(text):,} characters is too long]"
        self._text_left = max(0, self._text_left - len(shown))
        nonce = secrets.token_hex(NONCE_BYTES)
        while nonce in shown:
            nonce = secrets.token_hex(NONCE_BYTES)
        return f"<answer-of-a-tool {nonce} ({self._source})>\n{shown}\n</answer-of-a-tool {nonce}>"

    def _media(self, kind: str, data: str, mime: str) -> Block:
        self.characters += len(data)
        if mime not in (IMAGES if kind == "image" else SOUNDS) or not _is_base64(data):
            return _note(f"a part of the answer ({kind}) of a kind that is not passed on was left out")
        if len(data) > self._media_left:
            return _note(f"a part of the answer ({mime}, {len(data):,} characters) is too large and was left out")
        self._media_left -= len(data)
        return {"type": kind, "data": data, "mimeType": mime}

    def _name(self, value: object) -> str:
        text = value if isinstance(value, str) else ""
        return self._redact(drop_invisible(text[:MAX_NAME_CHARACTERS])).replace("\n", " ")


def _note(words: str) -> Block:
    return {"type": "text", "text": f"[Harvest: {words}]"}


def _is_base64(data: str) -> bool:
    try:
        base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
