"""Is this delivery really from GitHub? Pure: raw bytes, header and secrets in, yes or no out.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

from sandbox.secret import Secret

SIGNATURE = re.compile(rb"sha256=[0-9a-f]{64}")


def is_a_signature(header: bytes | None) -> bool:
    """Whether it can be one at all: what can't isn't worth reading a body for."""
    return header is not None and SIGNATURE.fullmatch(header) is not None


def signature_is_valid(body: bytes | bytearray, header: bytes | None, secrets: Iterable[Secret]) -> bool:
    """True when `header` (X-Hub-Signature-256, as raw bytes) signs `body` with one of the secrets.

    Compares bytes, never text: a header with non-ASCII characters is merely wrong and must not raise. Every secret is tried,
    so that a rotation can overlap. No header or no secret is False.
    """
    if header is None:
        return False
    valid = False
    for secret in secrets:
        right = b"sha256=" + hmac.new(secret.reveal().encode(), body, hashlib.sha256).hexdigest().encode()
        valid |= hmac.compare_digest(right, header)
    return valid
