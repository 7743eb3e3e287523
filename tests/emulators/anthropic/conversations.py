"""Bodies of requests, as short as a test wants them."""

from __future__ import annotations

import json
from typing import Any

import httpx

TALK = """
title = "Talk"
[[acts]]
name = "talk"
prompt = "hello"
[[acts.scenes]]
name = "answer"
say = "Hello, whoever you are, and welcome."
usage = { input = 11, output = 22, cache_read = 33, cache_write = 44 }
"""

TOOL = """
title = "Tool"
[[acts]]
name = "tool"
prompt = "look"
[[acts.scenes]]
name = "call"
say = "I will look."
[[acts.scenes.calls]]
tool = "Read"
input = { file_path = "${cwd}/a.py", limit = 3 }
[[acts.scenes]]
name = "failed"
when = { last_result = "(?i)no such file" }
say = "It is not there."
[[acts.scenes]]
name = "done"
say = "It is there."
"""


def body(prompt: str, **fields: Any) -> dict[str, Any]:
    """A request with one prompt."""
    return {"model": "claude-opus-5-5", "max_tokens": 100, "messages": [{"role": "user", "content": prompt}], **fields}


def tools(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "input_schema": {"type": "object"}} for name in names]


def answering(request: dict[str, Any], answer: dict[str, Any], result: str) -> dict[str, Any]:
    """The next request of a conversation: the answer's tool calls have been carried out with this result."""
    results = [
        {"type": "tool_result", "tool_use_id": block["id"], "content": [{"type": "text", "text": result}]}
        for block in answer["content"]
        if block["type"] == "tool_use"
    ]
    turns = [{"role": "assistant", "content": answer["content"]}, {"role": "user", "content": results}]
    return {**request, "messages": [*request["messages"], *turns]}


def events(response: httpx.Response) -> list[dict[str, Any]]:
    """The events of a finished stream; each one's `event:` line must name its type."""
    read = []
    for chunk in response.text.removesuffix("\n\n").split("\n\n"):
        name, data = chunk.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        read.append(event)
    return read
