"""Which requests may go on to the model. Pure: the body in, what the gateway needs to know of it out, or a refusal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

import msgspec

from github_app.gateway import refusals

# Tools that the client carries out itself. Anthropic's own servers would run all others (search, fetch, code), reaching
# places the sandbox may not, at a price that isn't in the tokens. https://docs.claude.com/en/docs/agents-and-tools/tool-use
_CLIENT_TOOL = re.compile(r"custom|(bash|text_editor|memory|computer|tool_search_tool)_\w+")
# A name without a version, as people say it: "sonnet" means every Sonnet.
_FAMILY = re.compile(r"[a-z]+")


class _Tool(msgspec.Struct):
    type: str | None = None


class _Body(msgspec.Struct):
    model: str
    max_tokens: int = 0
    tools: list[_Tool] = []
    mcp_servers: list[msgspec.Raw] = []
    speed: str | None = None


@dataclass(frozen=True)
class Admitted:
    """What the gateway needs to know of a request."""

    model: str
    max_tokens: int
    body: bytes


def admit(body: bytes, allowed_models: tuple[str, ...]) -> Admitted:
    """Read a request's body and decide by it. Raises Refusal."""
    try:
        request = msgspec.json.decode(body, type=_Body)
    except msgspec.MsgspecError as error:
        raise refusals.malformed(f"the request can't be read: {error}") from None
    if not is_allowed(request.model, allowed_models):
        raise refusals.model_not_allowed(request.model, allowed_models)
    for tool in request.tools:
        if tool.type is not None and not _CLIENT_TOOL.fullmatch(tool.type):
            raise refusals.not_metered(f"the server tool {tool.type!r}")
    if request.mcp_servers:
        raise refusals.not_metered("mcp_servers")
    if request.speed not in (None, "standard"):
        raise refusals.not_metered(f"the speed {request.speed!r}")
    return Admitted(request.model, max(request.max_tokens, 0), body)


def is_allowed(model: str, allowed: tuple[str, ...]) -> bool:
    """Whether a model's full id, as the CLI sends it, is on the list: by a pattern, or by its family's name."""
    return any(
        pattern in model.split("-") if _FAMILY.fullmatch(pattern) else fnmatchcase(model, pattern) for pattern in allowed
    )
