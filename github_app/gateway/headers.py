"""Which headers go through the gateway. Lists of what may, so that a credential or a hop's own header never does."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.secret import Secret

Headers = list[tuple[str, str]]

_TO_THE_MODEL = frozenset({"accept", "content-type", "user-agent", "x-app"})
_TO_THE_MODEL_PREFIXES = ("anthropic-", "x-stainless-", "x-claude-code-")
# No `anthropic-organization-id`: whose account it is is none of the agent's business.
_TO_THE_CLIENT = frozenset(
    {"content-type", "content-length", "cache-control", "request-id", "retry-after", "retry-after-ms", "x-should-retry"}
)
_TO_THE_CLIENT_PREFIXES = ("anthropic-ratelimit-",)


def to_the_model(client: Iterable[tuple[str, str]], key: Secret) -> Headers:
    """The headers of the request that goes on, with the operator's key in place of the job's token."""
    passed = [(name, value) for name, value in client if name in _TO_THE_MODEL or name.startswith(_TO_THE_MODEL_PREFIXES)]
    # The use of tokens is read on the way back, so the answer must not be compressed.
    return [*passed, ("accept-encoding", "identity"), ("x-api-key", key.reveal())]


def to_the_client(upstream: Iterable[tuple[str, str]]) -> Headers:
    """The headers of the answer."""
    lowered = ((name.lower(), value) for name, value in upstream)
    return [(name, value) for name, value in lowered if name in _TO_THE_CLIENT or name.startswith(_TO_THE_CLIENT_PREFIXES)]


def job_token(headers: Iterable[tuple[str, str]]) -> str | None:
    """The token that a client came with: as `x-api-key`, or as a bearer."""
    found = dict(headers)
    if key := found.get("x-api-key"):
        return key
    scheme, _, token = found.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
