"""What stands in a request's messages, system prompt and tools: may all of it pass, and how many tokens may it be? Pure.

Nothing passes that makes those servers fetch something themselves: the sandbox's limit on the network would not hold for
it, the operator's own files are behind the same key, and nobody could tell beforehand how many tokens it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from github_app.gateway.model import refusals

# https://docs.claude.com/en/api/messages: of the sources, only these bring along what they stand for.
_SOURCES = frozenset({"base64", "text", "content"})
_REACHING_OUT = frozenset({"url", "file"})
# Tools that the client carries out itself, and the one that searches among the client's tools. Anthropic's own servers would
# run all others (search, fetch, code), reaching places the sandbox may not, at a price that isn't in the tokens; and an edit
# that summarises (`compact_…`) generates tokens that the answer's report leaves out.
_CLIENT_TOOL = re.compile(r"custom|(bash|text_editor|memory|computer|tool_search_tool)_\w+")
_EDIT = re.compile(r"clear_(thinking|tool_uses)_\d{8}")
_DATED = re.compile(r"\w+_\d{8}")
# What those servers' tools leave behind in a conversation, and what hands files to them.
_SERVER_BLOCK = re.compile(r"server_tool_use|container_upload|mcp_\w+|compaction|(web|code|bash_code|text_editor_code)_\w+")
# An image of any size is scaled down to less than half of this: https://docs.claude.com/en/docs/build-with-claude/vision
_IMAGE_TOKENS = 10_000
# No model takes more: https://docs.claude.com/en/docs/build-with-claude/context-windows
CONTEXT_TOKENS = 1_000_000
# What Anthropic adds to a prompt by itself: instructions on how to call tools, for each tool, around each message.
# https://docs.claude.com/en/docs/agents-and-tools/tool-use/overview#pricing
_ADDED_TOKENS = 4_000
_ADDED_TO_EACH = 50
_ADDED_TO_A_DATED_TOOL = 2_000


@dataclass(frozen=True)
class Prompt:
    """The most tokens that the prompt may have, whatever the tokenizer: none is shorter than a byte of text."""

    most_tokens: int


def check_content(body: dict[str, Any], size_bytes: int) -> Prompt:
    """Go through everything that has a meaning for the API. Raises Refusal. `size_bytes` is the whole body's."""
    most, whole_context = size_bytes + _ADDED_TOKENS, False
    for block in _objects([body.get("messages"), body.get("system"), body.get("tools"), body.get("context_management")]):
        kind, source = _type_of(block), block.get("source")
        most += _ADDED_TO_EACH
        if kind in _REACHING_OUT or block.get("file_id") is not None:
            raise refusals.reaches_out(kind)
        if isinstance(source, dict) and _type_of(source) not in _SOURCES:
            raise refusals.reaches_out(_type_of(source))
        if _SERVER_BLOCK.fullmatch(kind):
            raise refusals.not_metered(repr(kind))
        if _DATED.fullmatch(kind):
            if not (_CLIENT_TOOL.fullmatch(kind) or _EDIT.fullmatch(kind)):
                raise refusals.not_metered(f"the server tool {kind!r}")
            most += _ADDED_TO_A_DATED_TOOL
        if isinstance(source, dict) and _type_of(source) == "base64":
            if kind == "image":
                data = source.get("data")
                most += _IMAGE_TOKENS - (len(data) if isinstance(data, str) else 0)
            else:
                # A page of a compressed document may be a few bytes and thousands of tokens.
                whole_context = True
    tools = body.get("tools") or []
    for tool in tools if isinstance(tools, list) else []:
        if isinstance(tool, dict) and tool.get("type") is not None and not _CLIENT_TOOL.fullmatch(_type_of(tool)):
            raise refusals.not_metered(f"the server tool {_type_of(tool)!r}")
    return Prompt(CONTEXT_TOKENS if whole_context else min(most, CONTEXT_TOKENS))


def _type_of(value: dict[str, Any]) -> str:
    kind = value.get("type", "")
    return kind[:100] if isinstance(kind, str) else "?"


def _objects(values: list[Any]) -> Iterator[dict[str, Any]]:
    """Every object at any depth, but for what is the client's own data and means nothing to the API: what a tool was called
    with, and a tool's schema."""
    waiting = values
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            own = "input" if value.get("type") == "tool_use" else "input_schema"
            waiting += [inner for name, inner in value.items() if name not in (own, "input_examples")]
        elif isinstance(value, list):
            waiting += value
