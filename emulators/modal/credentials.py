"""Object ids, and the two signed tokens that Modal hands out: one for its control plane, one for sandboxes' routers."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Literal

from grpclib import GRPCError, Status

TokenKind = Literal["auth", "router"]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# The SDK takes "sb-" and 22 characters for a sandbox of the first generation; 26 is what the second one has.
_ID_LENGTH = 26


def new_id(prefix: str) -> str:
    """A fresh object id, such as `sb-` and 26 characters."""
    return f"{prefix}-" + "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))


def new_task_id() -> str:
    """The SDK tells a second-generation sandbox's task by the `V` at its end."""
    return new_id("ta")[:-1] + "V"


class TokenMint:
    """Issues and checks JWTs (RFC 7519, HS256) under a key that dies with the process, by `clock`: seconds since the epoch."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._key = secrets.token_bytes(32)
        self._clock = clock

    def issue(self, kind: TokenKind, seconds: float) -> str:
        """A token of this kind that expires in `seconds`."""
        claims = json.dumps({"kind": kind, "exp": self._clock() + seconds}).encode()
        body = _encode(b'{"alg":"HS256"}') + "." + _encode(claims)
        return body + "." + self._sign(body)

    def check(self, token: str, kind: TokenKind) -> None:
        """Refuses with UNAUTHENTICATED what is not signed here, of another kind, or expired."""
        body, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(body).encode()):
            raise GRPCError(Status.UNAUTHENTICATED, f"the {kind} token is not signed by this server")
        claims = json.loads(_decode(body.split(".")[1]))
        if claims["kind"] != kind:
            raise GRPCError(Status.UNAUTHENTICATED, f"a {claims['kind']} token was given where an {kind} token is needed")
        if claims["exp"] < self._clock():
            raise GRPCError(Status.UNAUTHENTICATED, f"the {kind} token has expired")

    def _sign(self, body: str) -> str:
        return _encode(hmac.digest(self._key, body.encode(), "sha256"))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
