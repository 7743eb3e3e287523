"""What clients sent, for tests and people to look at. Credentials are kept only as a fingerprint, so a record can be shown."""

from __future__ import annotations

import hashlib
import json
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

# A long run is a few hundred requests of some 100 KB each; the oldest are forgotten first.
_KEPT_REQUESTS = 1000
_FINGERPRINT_CHARACTERS = 16
_CREDENTIAL_HEADERS = frozenset({"x-api-key", "x-goog-api-key", "authorization", "proxy-authorization", "cookie"})


@dataclass
class Request:
    """One request as it came, and what became of it.

    `time` is in seconds since the epoch, taken when the request was read whole. `outcome` is `open`, `answered`, `refused`,
    `cut` (the play said so) or `client gone`. `scene` is `act/scene`, `side` or nothing.
    """

    number: int
    method: str
    path: str
    query: str
    headers: dict[str, str]
    credentials: list[dict[str, str]]
    body: Any
    time: float = field(default_factory=time.time)
    scene: str | None = None
    status: int | None = None
    usage: dict[str, int] | None = None
    outcome: str = "open"


class Record:
    """The latest requests, oldest first."""

    def __init__(self) -> None:
        self._requests: deque[Request] = deque(maxlen=_KEPT_REQUESTS)
        self._count = 0

    def add(self, method: str, path: str, query: str, headers: Iterable[tuple[str, str]], body: bytes) -> Request:
        """Write a request down; the caller fills in its outcome."""
        self._count += 1
        headers = list(headers)
        request = Request(
            number=self._count,
            method=method,
            path=path,
            query=query,
            headers={name: _shown(name, value) for name, value in headers},
            credentials=[_credential(name, value) for name, value in headers if name in _CREDENTIAL_HEADERS],
            body=_readable(body),
        )
        self._requests.append(request)
        return request

    def clear(self) -> None:
        """Forget the requests; numbers go on."""
        self._requests.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """The requests for `/_emulator/requests`."""
        return [asdict(request) for request in self._requests]


def fingerprint(credential: str) -> str:
    """The start of a credential's SHA-256 in hex: tells two apart and gives neither away."""
    return hashlib.sha256(credential.encode()).hexdigest()[:_FINGERPRINT_CHARACTERS]


def _credential(header: str, value: str) -> dict[str, str]:
    scheme, _, rest = value.partition(" ")
    if header == "authorization" and rest:
        return {"header": header, "kind": scheme.lower(), "sha256": fingerprint(rest)}
    return {"header": header, "kind": "key", "sha256": fingerprint(value)}


def _shown(header: str, value: str) -> str:
    if header not in _CREDENTIAL_HEADERS:
        return value
    credential = _credential(header, value)
    return f"{credential['kind']} sha256:{credential['sha256']}"


def _readable(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return f"{len(body)} bytes that are not JSON"
