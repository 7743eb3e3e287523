"""Which tools of a server a job is offered, and how they are described to it. Pure.

A server's descriptions are read by the model as if they were Harvest's own words, so of them only what is needed is taken:
name, description and the arguments' schema, bounded, and with nothing hidden in them. Which tools only read is what the
operator's file says, and not the server's `annotations`: the Claude CLI lets an agent that plans use those that do.
https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from github_app.text.hidden import uncover
from github_app.text.redact import Redactor
from state.columns import storable

# Every turn of the model reads all of it.
MAX_DESCRIPTION_CHARACTERS = 2_000
MAX_SCHEMA_BYTES = 16 * 1024
MAX_DEPTH = 12

Tool = dict[str, Any]


def offered(
    listed: Sequence[Mapping[str, Any]], names: Sequence[str], redact: Redactor, *, changing: Sequence[str] = ()
) -> list[Tool]:
    """Those of the listed tools that are wanted, in the order of `names`. One that a server lists twice counts as it came
    first; one whose schema can't be used is left out. Those in `changing` do more than read."""
    by_name: dict[object, Mapping[str, Any]] = {}
    for tool in listed:
        by_name.setdefault(tool.get("name"), tool)
    tools = (_tool(name, by_name[name], redact, reads=name not in changing) for name in names if name in by_name)
    return [tool for tool in tools if tool is not None]


def missing(listed: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """The wanted ones that the server does not have."""
    there = {tool.get("name") for tool in listed}
    return [name for name in names if name not in there]


def _tool(name: str, tool: Mapping[str, Any], redact: Redactor, *, reads: bool) -> Tool | None:
    schema = tool.get("inputSchema")
    if not isinstance(schema, dict) or schema.get("type") != "object" or _is_deep(schema):
        return None
    schema = _shown(schema, redact)
    if len(json.dumps(schema)) > MAX_SCHEMA_BYTES:
        return None
    described = tool.get("description")
    description = _text(described, redact) if isinstance(described, str) else ""
    return {
        "name": name,
        "description": description[:MAX_DESCRIPTION_CHARACTERS] or name,
        "inputSchema": schema,
        "annotations": {"readOnlyHint": reads},
    }


def _is_deep(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        inside = [list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else [] for one in level]
        level = [value for values in inside for value in values]
        if not level:
            return False
    return True


def _shown(value: Any, redact: Redactor) -> Any:
    match value:
        case dict():
            return {_text(str(key), redact): _shown(inner, redact) for key, inner in value.items()}
        case list():
            return [_shown(inner, redact) for inner in value]
        case str():
            return _text(value, redact)
        case _:
            return value


def _text(text: str, redact: Redactor) -> str:
    return redact(uncover(storable(text)))
