"""Which headers go through the gateway. Lists of what may, so that a credential or a hop's own header never does."""

from __future__ import annotations

from sandbox.secret import Secret

# As they stand on the wire: what a header's bytes mean is for its reader to say. Names are in small letters.
Headers = list[tuple[bytes, bytes]]

_TO_THE_MODEL = frozenset({b"accept", b"content-type", b"user-agent", b"x-app"})
_TO_THE_MODEL_PREFIXES = (b"anthropic-", b"x-stainless-", b"x-claude-code-")
# No `anthropic-organization-id`: whose account it is is none of the agent's business.
_TO_THE_CLIENT = frozenset(
    {b"content-type", b"content-length", b"cache-control", b"request-id", b"retry-after", b"retry-after-ms", b"x-should-retry"}
)
_TO_THE_CLIENT_PREFIXES = (b"anthropic-ratelimit-",)


def to_the_model(client: Headers, key: Secret) -> Headers:
    """The headers of the request that goes on, with the operator's key in place of the job's token."""
    passed = [(name, value) for name, value in client if name in _TO_THE_MODEL or name.startswith(_TO_THE_MODEL_PREFIXES)]
    # The use of tokens is read on the way back, so the answer must not be compressed.
    return [*passed, (b"accept-encoding", b"identity"), (b"x-api-key", key.reveal().encode())]


def to_the_client(upstream: Headers) -> Headers:
    """The headers of the answer."""
    lowered = ((name.lower(), value) for name, value in upstream)
    return [(name, value) for name, value in lowered if name in _TO_THE_CLIENT or name.startswith(_TO_THE_CLIENT_PREFIXES)]


def job_token(client: Headers) -> bytes | None:
    """The token that a client came with: as `x-api-key`, or as a bearer."""
    found = dict(client)
    if key := found.get(b"x-api-key"):
        return key
    scheme, _, token = found.get(b"authorization", b"").partition(b" ")
    return token.strip() or None if scheme.lower() == b"bearer" else None
