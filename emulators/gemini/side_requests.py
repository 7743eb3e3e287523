"""What `@google/gemini-cli` asks a model beside the conversation: which model to use, who speaks next, a summary.

They offer no tools. They are answered plausibly and never advance a play.
"""

from __future__ import annotations

import json
from typing import Any

from emulators.gemini.conversation import Conversation

# How its `user-agent` begins; other clients may well leave the tools out of a conversation.
CLI_AGENT = "GeminiCLI"


def is_side_request(conversation: Conversation, user_agent: str) -> bool:
    """True for a request of the CLI that isn't its conversation with the person."""
    return user_agent.startswith(CLI_AGENT) and not conversation.offered


def side_answer(conversation: Conversation) -> str:
    """A fitting text: by the JSON schema that was asked for, or a few words."""
    schema = conversation.config.get("responseJsonSchema") or conversation.config.get("responseSchema")
    return json.dumps(_example(schema)) if isinstance(schema, dict) else "Working on the task"


def _example(schema: dict[str, Any]) -> Any:
    """The smallest value that a plain JSON schema allows; the API also takes the names of types in capitals."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = str(schema.get("type")).lower()
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: _example(properties.get(name, {})) for name in schema.get("required", properties)}
    least = schema.get("minimum", 1)
    return {"array": [], "boolean": False, "integer": least, "number": least}.get(kind, "Working on the task")
