"""What the CLI asks the model beside the conversation: a title for it, whether the key has quota left, a page in short.

They offer no tools. They are answered plausibly and never advance a play.
"""

from __future__ import annotations

import json
from typing import Any

from emulators.anthropic.conversation import Conversation

# The CLI's `x-app` header; other clients may well leave the tools out of a conversation.
CLI_APP = "cli"


def is_side_request(conversation: Conversation, app: str | None) -> bool:
    """True for a request of the CLI that isn't its conversation with the person."""
    return app == CLI_APP and not conversation.tools


def side_answer(conversation: Conversation) -> str:
    """A fitting text: by the JSON schema that was asked for, or one word when there is room for no more."""
    schema = conversation.output_config.get("format", {}).get("schema")
    if isinstance(schema, dict):
        return json.dumps(_example(schema))
    return "OK" if conversation.max_tokens == 1 else "Working on the task"


def _example(schema: dict[str, Any]) -> Any:
    """The smallest value that a plain JSON schema allows."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: _example(properties.get(name, {})) for name in schema.get("required", properties)}
    return {"array": [], "boolean": False, "integer": 0, "number": 0}.get(str(kind), "Working on the task")
