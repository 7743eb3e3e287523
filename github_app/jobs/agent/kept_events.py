"""An agent's event as it is kept: without secrets, and a huge one, or what is none, as a note of itself."""

from __future__ import annotations

import asyncio
import json

from github_app.text.redact import Redactor

# One that is larger than this is kept as its kind alone.
MAX_EVENT_BYTES = 256 * 1024

LARGE_BYTES = 32 * 1024

# What an event's row and its index take in the database beside the event.
EVENT_ROW_BYTES = 200

# The type of what is kept in place of an event; the CLI has none of this name.
NOTE = "harvest"


async def as_kept(line: bytes, redact: Redactor) -> dict[str, object]:
    """The event in this line of the CLI's."""
    # Looking for secrets in a large one takes a tenth of a second, which is not the event loop's to spend.
    return await asyncio.to_thread(_as_kept, line, redact) if len(line) > LARGE_BYTES else _as_kept(line, redact)


def _as_kept(line: bytes, redact: Redactor) -> dict[str, object]:
    if len(line) > MAX_EVENT_BYTES:
        return note_of(line, "large_event")
    try:
        document = json.loads(redact(line.decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        return note_of(line, "not_json")
    return document if isinstance(document, dict) else note_of(line, "not_json")


def note_of(line: bytes, subtype: str) -> dict[str, object]:
    """What is kept in place of a line."""
    return {"type": NOTE, "subtype": subtype, "bytes": len(line)}
