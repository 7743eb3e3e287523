"""Which requests may go on to the model. Pure: the body in, what the gateway needs to know of it out, or a refusal.

The body is read strictly, looked at, and written anew: the model's API reads the very thing that was looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from github_app.gateway.model import refusals, strict_json
from github_app.gateway.model.content import check_content
from github_app.settings.repository import SETTINGS_FILE

# A name without a version, as people say it: "sonnet" means every Sonnet.
_FAMILY = re.compile(r"[a-z]+")

# What the Claude CLI sends (2.1.330, recorded), and what else the API takes that neither reaches out nor costs more than
# tokens. Not among them: `mcp_servers`, `container`, `fallbacks`, `inference_geo`. https://docs.claude.com/en/api/messages
_FIELDS = frozenset(
    {
        *("cache_control", "context_management", "max_tokens", "messages", "metadata", "model", "output_config"),
        *("output_format", "stop_sequences", "stream", "system", "temperature", "thinking", "tool_choice", "tools"),
        *("top_k", "top_p"),
    }
)
# Which of the fields' values that the API has are not dearer than the price list.
_STANDARD = {"speed": (None, "standard"), "service_tier": (None, "standard_only"), "mcp_servers": (None, [])}
# Far above what any model generates; a number of any length could not be reckoned with.
_MOST_OUTPUT_TOKENS = 10_000_000


@dataclass(frozen=True)
class Admitted:
    """What the gateway needs to know of a request. `body` is what goes on; `prompt_tokens` the most that its prompt may have,
    `max_tokens` the most that the model may generate, `searches` how many queries it is thought to put to Google Search."""

    model: str
    max_tokens: int
    prompt_tokens: int
    body: bytes
    searches: int = 0


def admit(
    body: bytes, allowed_models: tuple[str, ...], *, kept_to: tuple[str, ...] | None = None, counting: bool = False
) -> Admitted:
    """Read a request's body and decide by it; one that only counts tokens has no `max_tokens`. `kept_to` are the models that
    the repository keeps to, of those that are allowed. Raises Refusal."""
    request = _read(body)
    model = request.get("model")
    if not isinstance(model, str):
        raise refusals.malformed("model: a string is required")
    if not is_allowed(model, allowed_models):
        raise refusals.model_not_allowed(model, allowed_models, "HARVEST_MODELS")
    if kept_to is not None and not is_allowed(model, kept_to):
        raise refusals.model_not_allowed(model, kept_to, f"`models` in {SETTINGS_FILE}")
    for field, standard in _STANDARD.items():
        if request.get(field) not in standard:
            raise refusals.not_metered(f"`{field}`: {str(request[field])[:100]}")
    for field in sorted(request.keys() - _FIELDS - _STANDARD.keys()):
        raise refusals.malformed(f"{field[:100]}: Harvest's gateway does not pass this field on")
    forwarded = strict_json.write(request)
    prompt = check_content(request, len(forwarded))
    return Admitted(model, 0 if counting else _max_tokens(request), prompt.most_tokens, forwarded)


def _read(body: bytes) -> dict[str, Any]:
    try:
        request = strict_json.read(body)
    except ValueError as error:
        raise refusals.malformed(f"the request can't be read: {error}") from None
    if not isinstance(request, dict):
        raise refusals.malformed("the request can't be read: it is not an object")
    return request


def _max_tokens(request: dict[str, Any]) -> int:
    given = request.get("max_tokens")
    if type(given) is not int or not 0 < given <= _MOST_OUTPUT_TOKENS:
        raise refusals.malformed(f"max_tokens: a number from 1 to {_MOST_OUTPUT_TOKENS} is required")
    return given


def is_allowed(model: str, allowed: tuple[str, ...]) -> bool:
    """Whether a model's full id, as the CLI sends it, is on the list: by a pattern, or by its family's name."""
    return any(
        pattern in model.split("-") if _FAMILY.fullmatch(pattern) else fnmatchcase(model, pattern) for pattern in allowed
    )
