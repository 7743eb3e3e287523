"""GET /healthz, /readyz and /metrics: is the process alive, can it take and carry out jobs, and what has it counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from github_app.metrics import REGISTRY

Check = Callable[[], Awaitable[bool]]


async def healthz(_request: Request) -> Response:
    """The process answers."""
    return Response(b'{"status":"ok"}', media_type="application/json")


def readyz(checks: dict[str, Check]) -> Callable[[Request], Awaitable[Response]]:
    """200 when every check passes, else 503; the body names each."""

    async def answer(_request: Request) -> Response:
        found = {name: await check() for name, check in checks.items()}
        ready = all(found.values())
        content = msgspec.json.encode({"status": "ready" if ready else "not ready", "checks": found})
        return Response(content, 200 if ready else 503, media_type="application/json")

    return answer


async def metrics(_request: Request) -> Response:
    """Prometheus's text format."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    return Response(generate_latest(REGISTRY), headers={"content-type": CONTENT_TYPE_LATEST})
