"""Around every request to the API and to git: the faults that were asked for, and the line in the log."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import unquote

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emulators.github.connections import cut
from emulators.github.errors import DOCUMENTATION_URL
from emulators.github.faults import FaultRule
from emulators.github.rates import PRIMARY_URL, SECONDARY_URL, TOO_MANY
from emulators.github.request_log import Channel, Entry, job_of
from emulators.github.service import GitHub

# When GitHub gives no better advice, it asks for a minute.
_RETRY_AFTER_SECONDS = 60
_HOUR = 3_600

_PRIMARY_LIMIT = "API rate limit exceeded for installation."


class Recorded:
    """Wraps an ASGI app. What the app finds out (route, actor) it leaves in `scope["state"]`."""

    def __init__(self, app: ASGIApp, github: GitHub, channel: Channel, prefix: str = "") -> None:
        self._app = app
        self._github = github
        self._channel = channel
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = unquote(scope["raw_path"].decode("ascii", "replace")).removeprefix(self._prefix)
        state = scope.setdefault("state", {})
        fault = self._github.faults.take(scope["method"], path)
        began, started, status = time.time(), time.monotonic(), 0
        silent = fault is not None and fault.fault in ("drop-before", "drop-after")

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            if not silent:
                await send(message)

        # Git's own requests count towards no limit.
        counted = int(self._channel == "rest")
        self._github.rates.under_way += counted
        try:
            if fault:
                await asyncio.sleep(fault.delay_seconds)
            if fault and (answer := _instead(fault)):
                await answer(scope, receive, watched_send)
            elif fault is None or fault.fault != "drop-before":
                await self._app(scope, receive, watched_send)
            if silent:
                cut(scope)
        finally:
            self._github.rates.under_way -= counted
            self._log(scope, path, status, began, (time.monotonic() - started) * 1000, state, fault)

    def _log(
        self,
        scope: Scope,
        path: str,
        status: int,
        began: float,
        milliseconds: float,
        state: dict[str, object],
        fault: FaultRule | None,
    ) -> None:
        headers = dict(scope["headers"])
        agent = headers.get(b"user-agent", b"").decode("latin-1")
        permissions = state.get("permissions")
        entry = Entry(
            at=began,
            channel=self._channel,
            method=scope["method"],
            route=str(state.get("route", path)),
            path=path,
            status=status,
            milliseconds=round(milliseconds, 1),
            actor=str(state.get("actor", "anonymous")),
            permissions=permissions if isinstance(permissions, dict) else None,
            agent=agent,
            job=job_of(agent),
            note=f"fault: {fault.fault}" if fault else str(state["note"]) if "note" in state else None,
        )
        self._github.log.add(entry)
        if any(token in scope["query_string"].decode("latin-1") + path for token in self._github.tokens.known()):
            self._github.violations.record("token-in-url", f"{entry.method} {entry.route}", ["a token stands in the URL"])


def _instead(fault: FaultRule) -> ASGIApp | None:
    """The answer that a fault gives in place of the real one, if it gives any."""
    match fault.fault:
        case "status":
            return _error(fault.status, "Server Error", {"retry-after": str(fault.retry_after)} if fault.retry_after else {})
        case "secondary-limit":
            status = fault.status if fault.status in (403, 429) else 403
            seconds = _RETRY_AFTER_SECONDS if fault.retry_after is None else fault.retry_after
            return _error(status, TOO_MANY, {"retry-after": str(seconds)}, SECONDARY_URL)
        case "primary-limit":
            reset = int(time.time()) + (_HOUR if fault.retry_after is None else fault.retry_after)
            headers = {
                "x-ratelimit-limit": "5000",
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": str(reset),
                "x-ratelimit-resource": "core",
            }
            return _error(403, _PRIMARY_LIMIT, headers, PRIMARY_URL)
        case _:
            return None


def _error(status: int, message: str, headers: dict[str, str], url: str = DOCUMENTATION_URL) -> ASGIApp:
    return JSONResponse({"message": message, "documentation_url": url, "status": str(status)}, status, headers)
