"""Bodies and plays, as short as a test wants them."""

from __future__ import annotations

import json
from typing import Any


def body(prompt: str = "hello", **fields: Any) -> dict[str, Any]:
    return {"model": "claude-opus-5-5", "max_tokens": 1000, "messages": [{"role": "user", "content": prompt}], **fields}


def talk(fault: str = "", usage: str = "{ input = 1000, output = 200, cache_read = 30, cache_write = 4 }") -> str:
    """A play of one scene."""
    return f"""
title = "Talk"
[[acts]]
name = "talk"
prompt = "hello"
[[acts.scenes]]
name = "answer"
say = "Hello, whoever you are, and welcome."
usage = {usage}
{f"fault = {fault}" if fault else ""}
"""


# What `talk` costs with Opus 5.5, in millionths of a dollar: 4 and 20 dollars a million, 0.20 to read the cache, 5 to write.
TALK_COST = 1000 * 4 + 200 * 20 + 6 + 4 * 5


def event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def message_start(**usage: int) -> bytes:
    return event("message_start", message={"usage": usage})


def text_delta(text: str) -> bytes:
    return event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})
