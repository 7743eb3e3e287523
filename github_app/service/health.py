"""GET /healthz, /readyz and /metrics: is the process alive, can it take and carry out jobs, and what has it counted."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from github_app.metrics import OLDEST_WAIT_SECONDS, PARKED_DELIVERIES, REGISTRY, WAITING_DELIVERIES
from state.backlog import read_backlog
from state.database import Database

# What is wrong, in a few words; None when all is well.
Check = Callable[[], Awaitable[str | None]]

log = structlog.get_logger()


async def healthz(_request: Request) -> Response:
    """The process answers."""
    return Response(b'{"status":"ok"}', media_type="application/json")


def readyz(checks: dict[str, Check]) -> Callable[[Request], Awaitable[Response]]:
    """200 when every check passes, else 503; the body names each, and says why of those that don't."""

    async def answer(_request: Request) -> Response:
        problems = {name: await check() for name, check in checks.items()}
        why = "; ".join(problem for problem in problems.values() if problem is not None)
        content = {
            "status": "not ready" if why else "ready",
            "checks": {name: problem is None for name, problem in problems.items()},
            **({"why": why} if why else {}),
        }
        return Response(msgspec.json.encode(content), 503 if why else 200, media_type="application/json")

    return answer


def metrics(database: Database) -> Callable[[Request], Awaitable[Response]]:
    """Prometheus's text format. What waits in the inbox is looked up at each answer; it is NaN when the database can't say."""

    async def answer(_request: Request) -> Response:
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        try:
            backlog = await read_backlog(database)
        except SQLAlchemyError as error:
            log.error("the inbox can't be read", error=str(error))
            waiting = parked = oldest = math.nan
        else:
            waiting, parked = backlog.waiting, backlog.parked
            oldest = 0.0 if backlog.oldest_received_at is None else max(0.0, time.time() - backlog.oldest_received_at)
        WAITING_DELIVERIES.set(waiting)
        PARKED_DELIVERIES.set(parked)
        OLDEST_WAIT_SECONDS.set(oldest)
        return Response(generate_latest(REGISTRY), headers={"content-type": CONTENT_TYPE_LATEST})

    return answer
