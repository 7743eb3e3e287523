"""Which headers go through the gateway. Lists of what may, so that a credential or a hop's own header never does."""

from __future__ import annotations

import structlog

from sandbox.secret import Secret

log = structlog.get_logger()

# As they stand on the wire: what a header's bytes mean is for its reader to say. Names are in small letters.
Headers = list[tuple[bytes, bytes]]

_TO_THE_MODEL = frozenset({b"accept", b"content-type", b"user-agent", b"x-app", b"anthropic-version"})
_TO_THE_MODEL_PREFIXES = (b"x-stainless-", b"x-claude-code-")
_BETA = b"anthropic-beta"
# What the Claude CLI sends (2.1.330: the first row and the second were recorded, the others are in its program), as far as it
# neither makes Anthropic's servers reach out, nor changes a price that `prices.py` doesn't know.
# https://docs.claude.com/en/api/beta-headers
BETAS = frozenset(
    {
        *(b"claude-code-20250219", b"interleaved-thinking-2025-05-14", b"context-management-2025-06-27"),
        *(b"per-turn-control-2026-07-01", b"mid-conversation-tool-changes-2026-07-01", b"effort-2025-11-24"),
        *(b"thinking-token-count-2026-05-13", b"thinking-display-updates-2026-08-18", b"redact-thinking-2026-02-12"),
        *(b"context-1m-2025-08-07", b"extended-cache-ttl-2025-04-11", b"prompt-caching-scope-2026-01-05"),
        *(b"prompt-caching-evict-2026-05-12", b"structured-outputs-2025-12-15", b"task-budgets-2026-03-13"),
        *(b"tool-search-tool-2025-10-19", b"advanced-tool-use-2025-11-20", b"fine-grained-tool-streaming-2025-05-14"),
        *(b"mid-conversation-system-2026-04-07", b"mid-conversation-system-clear-at-2026-08-21"),
        *(b"timing-2026-09-09", b"claude-code-side-query-2026-09-29", b"token-counting-2024-11-01"),
    }
)
# No `anthropic-organization-id`: whose account it is is none of the agent's business.
_TO_THE_CLIENT = frozenset(
    {b"content-type", b"content-length", b"cache-control", b"request-id", b"retry-after", b"retry-after-ms", b"x-should-retry"}
)
_TO_THE_CLIENT_PREFIXES = (b"anthropic-ratelimit-",)


def to_the_model(client: Headers, key: Secret) -> Headers:
    """The headers of the request that goes on, with the operator's key in place of the job's token."""
    passed = [(name, value) for name, value in client if name in _TO_THE_MODEL or name.startswith(_TO_THE_MODEL_PREFIXES)]
    asked = [beta.strip() for name, value in client if name == _BETA for beta in value.split(b",")]
    if left_out := sorted({beta.decode("latin-1")[:100] for beta in asked if beta and beta not in BETAS}):
        log.info("betas that Harvest doesn't know were left out of a request", betas=left_out[:20])
    if betas := [beta for beta in asked if beta in BETAS]:
        passed.append((_BETA, b",".join(betas)))
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
