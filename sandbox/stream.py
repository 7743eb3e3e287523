"""The agent's stream: one line of the CLI's `--output-format stream-json` becomes one typed event. Pure.

Kinds that are not known here are kept as `Other`, so that a newer CLI loses nothing; a line that is no JSON becomes `Noise`.
Every string in here was written by the agent or by what it read: hostile until it has been through redaction.
https://code.claude.com/docs/en/headless
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass(frozen=True)
class Init:
    """The CLI has started; what it says about itself is checked against what was asked."""

    session_id: str
    model: str
    permission_mode: str
    api_key_source: str
    cwd: str
    tools: tuple[str, ...]
    mcp_servers: tuple[str, ...]
    version: str


@dataclass(frozen=True)
class Said:
    """The agent wrote some text."""

    text: str


@dataclass(frozen=True)
class ToolCalled:
    """The agent calls a tool; `input` is as the model gave it."""

    id: str
    name: str
    input: dict[str, Any]


@dataclass(frozen=True)
class ToolAnswered:
    """A tool's answer, as text."""

    id: str
    text: str
    is_error: bool


@dataclass(frozen=True)
class Usage:
    """Tokens of one run, and its cost in US dollars as the CLI counts it."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True)
class Echo:
    """A message of ours that the CLI's turn has taken."""


@dataclass(frozen=True)
class Result:
    """The CLI's last word on one message. `is_error` decides, not `subtype`: an API failure comes as subtype "success"."""

    subtype: str
    is_error: bool
    text: str
    turns: int
    usage: Usage
    api_error_status: int | None = None


@dataclass(frozen=True)
class Supervised:
    """The supervisor's own word about the run (an oversized line, for example)."""

    subtype: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Other:
    """Valid JSON of a kind that is not acted on."""

    type: str
    subtype: str


@dataclass(frozen=True)
class Noise:
    """A line that is not a JSON object: something else wrote to the CLI's output."""

    text: str


StreamEvent = Init | Said | ToolCalled | ToolAnswered | Echo | Result | Supervised | Other | Noise


def read_line(line: bytes) -> list[StreamEvent]:
    """The events in one line; an assistant's message with three parts gives three. Never raises."""
    try:
        document = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [Noise(line[:200].decode(errors="replace"))] if line.strip() else []
    if not isinstance(document, dict):
        return [Noise(line[:200].decode(errors="replace"))]
    kind, subtype = text_of(document.get("type")), text_of(document.get("subtype"))
    match kind:
        case "system" if subtype == "init":
            return [read_init(document)]
        case "assistant":
            return list(read_assistant(document)) or [Other(kind, subtype)]
        case "user" if document.get("isReplay") is True:
            return [Echo()]
        case "user":
            return list(read_tool_answers(document)) or [Other(kind, subtype)]
        case "result":
            return [read_result(document)]
        case "supervisor":
            return [Supervised(subtype, {key: value for key, value in document.items() if key not in ("type", "subtype")})]
        case _:
            return [Other(kind, subtype)]


def read_init(document: dict[str, Any]) -> Init:
    servers = [text_of(item.get("name")) for item in list_of(document.get("mcp_servers")) if isinstance(item, dict)]
    return Init(
        session_id=text_of(document.get("session_id")),
        model=text_of(document.get("model")),
        permission_mode=text_of(document.get("permissionMode")),
        api_key_source=text_of(document.get("apiKeySource")),
        cwd=text_of(document.get("cwd")),
        tools=tuple(text_of(item) for item in list_of(document.get("tools"))),
        mcp_servers=tuple(servers),
        version=text_of(document.get("claude_code_version")),
    )


def content_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The content blocks of a message; text given plainly becomes one text block."""
    message = document.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in list_of(content) if isinstance(block, dict)]


def read_assistant(document: dict[str, Any]) -> Iterator[StreamEvent]:
    for block in content_of(document):
        if block.get("type") == "text" and text_of(block.get("text")):
            yield Said(text_of(block["text"]))
        elif block.get("type") == "tool_use":
            given = block.get("input")
            yield ToolCalled(text_of(block.get("id")), text_of(block.get("name")), given if isinstance(given, dict) else {})


def read_tool_answers(document: dict[str, Any]) -> Iterator[StreamEvent]:
    for block in content_of(document):
        if block.get("type") == "tool_result":
            content = block.get("content")
            parts = list_of(content) if not isinstance(content, str) else [{"text": content}]
            text = "\n".join(text_of(part.get("text")) for part in parts if isinstance(part, dict))
            yield ToolAnswered(text_of(block.get("tool_use_id")), text, block.get("is_error") is True)


def read_result(document: dict[str, Any]) -> Result:
    usage = document.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    status = document.get("api_error_status")
    return Result(
        subtype=text_of(document.get("subtype")),
        is_error=document.get("is_error") is not False,
        text=text_of(document.get("result")),
        turns=whole(document.get("num_turns")),
        usage=Usage(
            input_tokens=whole(usage.get("input_tokens")),
            output_tokens=whole(usage.get("output_tokens")),
            cache_read_tokens=whole(usage.get("cache_read_input_tokens")),
            cache_write_tokens=whole(usage.get("cache_creation_input_tokens")),
            cost_usd=number(document.get("total_cost_usd")),
        ),
        api_error_status=status if isinstance(status, int) else None,
    )


def text_of(value: object) -> str:
    return value if isinstance(value, str) else ""


def list_of(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9 else 0.0
