"""The gateway itself: a job's token is checked, then the request, then its budget; then the model is asked.

Only what the CLI needs is served: `POST /v1/messages` and `POST /v1/messages/count_tokens`. Bodies are never logged.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from functools import cache, partial

import httpx
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from github_app.gateway.model import refusals
from github_app.gateway.model.admission import admit
from github_app.gateway.model.budget import Budgets, Grants
from github_app.gateway.model.headers import job_token, to_the_model
from github_app.gateway.model.refusals import Refusal
from github_app.gateway.model.relay import Relay
from github_app.gateway.places import MAX_REQUESTS_AT_ONCE, Places
from github_app.settings.operator import Settings
from sandbox.secret import Secret
from state.usage import UsageLedger

log = structlog.get_logger()

MESSAGES = "/v1/messages"
SERVED = frozenset({MESSAGES, "/v1/messages/count_tokens"})
# Anthropic takes no more: https://docs.claude.com/en/api/errors#request-size-limits
MAX_REQUEST_BYTES = 32 * 1024 * 1024
# A client that is cut off while it sends never reads why; so a request that is only somewhat too large is heard out.
_HEARD_OUT_BYTES = 2 * MAX_REQUEST_BYTES
# Reading so much takes about a millisecond.
_READ_AT_ONCE_BYTES = 64 * 1024
# A model may think for minutes before its first event; ten are what the CLI itself waits for.
_TIMEOUT = httpx.Timeout(connect=10, read=600, write=60, pool=None)
# How many requests run at once is for the jobs' own caps to say.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)


@cache
def trusted() -> ssl.SSLContext:
    """Whose certificates are believed. Reading them takes a tenth of a second, which may be spent beside other work."""
    return httpx.create_ssl_context()


@asynccontextmanager
async def open_gateway(ledger: UsageLedger, settings: Settings) -> AsyncIterator[ASGIApp]:
    """The gateway as the operator set it up, to be mounted at `/llm`."""
    if left := await ledger.settle_left_behind():
        log.warning(
            "requests to the model were under way when Harvest died: they count as the most they may cost", requests=left
        )
    if settings.model_access == "direct":  # jobs' tokens are for tools alone
        yield refusals.no_gateway().response()
        return
    key = settings.anthropic_api_key or Secret("")
    async with gateway(ledger, base_url=settings.anthropic_base_url, key=key, models=settings.models) as app:
        yield app


@asynccontextmanager
async def gateway(grants: Grants, *, base_url: str, key: Secret, models: tuple[str, ...]) -> AsyncIterator[ASGIApp]:
    """The gateway to the API at `base_url`. `models` are patterns of full ids, or names of families.

    On leaving, what the requests under way have used is recorded first.
    """
    budgets = Budgets(grants)
    async with httpx.AsyncClient(timeout=_TIMEOUT, limits=_LIMITS, verify=await asyncio.to_thread(trusted)) as client:
        yield Gateway(client, budgets, base_url=base_url, key=key, models=models)
        await budgets.settled()


class Gateway:
    """The ASGI application that serves the agents of all jobs."""

    def __init__(
        self, client: httpx.AsyncClient, budgets: Budgets, *, base_url: str, key: Secret, models: tuple[str, ...]
    ) -> None:
        self._client = client
        self._budgets = budgets
        self._base_url = base_url
        self._key = key
        self._models = models
        self._places = Places(partial(refusals.too_many_at_once, MAX_REQUESTS_AT_ONCE))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the gateway speaks HTTP, not {scope['type']}")
        try:
            await self._serve(Request(scope, receive), send)
        except Refusal as refusal:
            log.info("a request to the model was refused", status=refusal.status, why=refusal.message)
            await refusal.response()(scope, receive, send)
        except ClientDisconnect:
            log.info("a client left before it had sent its request")

    async def _serve(self, http: Request, send: Send) -> None:
        path = http.scope["path"].removeprefix(http.scope.get("root_path", ""))
        if http.method != "POST" or path not in SERVED:
            raise refusals.not_found()
        token = job_token(http.headers.raw)
        if token is None:
            raise refusals.unknown_token()
        token_sha256 = hashlib.sha256(token).hexdigest()
        grant = await self._budgets.open_grant(token_sha256)
        # Each request is served in a context of its own.
        bind_contextvars(job=grant.job_id, repository=grant.repository, thread=grant.thread)
        with self._places.of(grant.job_id):
            free = path != MESSAGES
            body = await _read(http)
            # Reading a long conversation takes a while, and others' answers are passing by meanwhile.
            looked_at = partial(admit, body, self._models, kept_to=grant.models, counting=free)
            request = await asyncio.to_thread(looked_at) if len(body) > _READ_AT_ONCE_BYTES else looked_at()
            upstream = httpx.Request(
                "POST",
                httpx.URL(f"{self._base_url}{path}", query=http.url.query.encode()),
                headers=to_the_model(http.headers.raw, self._key),
                content=request.body,
            )
            reserving = nullcontext() if free else self._budgets.reserved(token_sha256, grant, request)
            await Relay(self._client, upstream, request, reserving)(http.scope, http.receive, send)


async def _read(http: Request) -> bytes:
    """The whole body, which has to be read for the model it names. Raises Refusal when it is too large."""
    body = bytearray()
    size = 0
    async for chunk in http.stream():
        size += len(chunk)
        if size <= MAX_REQUEST_BYTES:
            body += chunk
        elif size > _HEARD_OUT_BYTES:
            break
    if size > MAX_REQUEST_BYTES:
        raise refusals.too_large(MAX_REQUEST_BYTES)
    return bytes(body)
