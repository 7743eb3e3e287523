"""The door of the tool gateway: a job's token, then what the job was given of that server; the rest is the protocol's.

https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from github_app.gateway.loading import loading
from github_app.gateway.model.headers import job_token
from github_app.gateway.places import MAX_REQUESTS_AT_ONCE, Places
from github_app.gateway.tools.calls import Caller, Calls, Ledger
from github_app.gateway.tools.held_open import held_open
from github_app.gateway.tools.servers import Servers
from sandbox.secret import Secret
from state.job_tools import JobTools
from state.session_log import SessionLogs

if TYPE_CHECKING:
    from github_app.gateway.tools.protocol import Protocol as ToolProtocol

log = structlog.get_logger()

TOO_MANY = f"a job may have {MAX_REQUESTS_AT_ONCE} requests to tools at once, and has them"
UNKNOWN_TOKEN = "Harvest's gateway doesn't know this token: it is good for one job, while that runs"  # noqa: S105


class Refusal(Exception):
    """A request that isn't served: the HTTP status, and a sentence for a person."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@asynccontextmanager
async def tool_gateway(
    servers: Servers,
    job_tools: JobTools,
    logs: SessionLogs,
    ledger: Ledger,
    *,
    service_url: str,
    ending: asyncio.Event | None = None,
) -> AsyncIterator[ASGIApp]:
    """The gateway to these servers, to be mounted at `/tools`. On leaving, the calls under way are ended and written down;
    when `ending` is set that happens at once, while who asked can still be answered."""
    gateway = ToolGateway(servers, job_tools, logs, ledger, service_url)
    ended_with_the_service = asyncio.create_task(gateway.end_calls_at(ending or asyncio.Event()), name="tool calls' end")
    try:
        yield gateway
    finally:
        ended_with_the_service.cancel()
        await asyncio.gather(ended_with_the_service, return_exceptions=True)
        await gateway.close()


class ToolGateway:
    """The ASGI application that serves the agents of all jobs."""

    def __init__(self, servers: Servers, job_tools: JobTools, logs: SessionLogs, ledger: Ledger, service_url: str) -> None:
        self._servers = servers
        self._job_tools = job_tools
        self._calls = Calls(servers, job_tools, logs, ledger)
        parts = urlsplit(service_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._places = Places(
            partial(Refusal, 429, f"a job may have {MAX_REQUESTS_AT_ONCE} requests to tools at once, and has them")
        )
        self._protocol: ToolProtocol | None = None
        self._loading = asyncio.Lock()

    async def end_calls_at(self, ending: asyncio.Event) -> None:
        await ending.wait()
        await self._calls.close()

    async def close(self) -> None:
        await self._calls.close()
        if self._protocol is not None:
            await self._protocol.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the gateway speaks HTTP, not {scope['type']}")
        try:
            caller = await self._let_in(scope)
            whose = {"job": caller.job_id, "repository": caller.place.repository, "server": caller.given.server}
            with bound_contextvars(**whose), self._places.of(caller.job_id):
                protocol = self._protocol or await self._load()
                async with held_open(send) as patient:
                    await protocol.serve(scope, receive, patient, caller)
        except Refusal as refusal:
            log.info("a request to a tool server was refused", status=refusal.status, why=str(refusal))
            error = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": str(refusal)}}
            headers = {"allow": "POST"} if refusal.status == 405 else {}
            await JSONResponse(error, refusal.status, headers)(scope, receive, send)

    async def _let_in(self, scope: Scope) -> Caller:
        """Whose request it is, and to which server. Raises Refusal."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        if origin is not None and origin.decode("latin-1") != self._origin:
            raise Refusal(403, "Harvest's tools are for agents, and not for pages of other origins")
        token = job_token(scope["headers"])
        if token is None:
            raise Refusal(401, UNKNOWN_TOKEN)
        token_sha256 = hashlib.sha256(token).hexdigest()
        name = scope["path"].removeprefix(scope.get("root_path", "")).strip("/")
        held = await self._job_tools.held_by(token_sha256, name)
        if held is None:
            raise Refusal(401, UNKNOWN_TOKEN)
        if not held.open:
            raise Refusal(403, "this job has ended, and its access to tools with it")
        if held.given is None or held.given.problem or name not in self._servers.declared:
            raise Refusal(404, "this job was given no such tool server")
        if scope["method"] != "POST":
            raise Refusal(405, "Harvest's tool servers open no streams and keep no sessions: POST only")
        return Caller(Secret(token.decode("latin-1")), token_sha256, held.place, held.given)

    async def _load(self) -> ToolProtocol:
        async with self._loading:
            if self._protocol is None:
                protocol = (await asyncio.to_thread(load_protocol))(self._calls)
                await protocol.opened()
                self._protocol = protocol
            return self._protocol


def load_protocol() -> type[ToolProtocol]:
    """The part that stands on the protocol's SDK, which takes most of a second to read. Blocks."""
    with loading():
        from github_app.gateway.tools.protocol import Protocol
    return Protocol
