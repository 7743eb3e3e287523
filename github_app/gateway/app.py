"""The gateway's routes: a job's token is checked, then the request, then its budget; then the model is asked.

Only what the CLI needs is served: `POST /v1/messages` and `POST /v1/messages/count_tokens`. Bodies are never logged.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import httpx
import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from github_app.gateway import refusals
from github_app.gateway.admission import admit
from github_app.gateway.budget import Budgets, Grants
from github_app.gateway.headers import job_token, to_the_model
from github_app.gateway.refusals import Refusal
from github_app.gateway.relay import Relay
from github_app.harvest import Harvest
from sandbox.secret import Secret

log = structlog.get_logger()

# Anthropic takes no more: https://docs.claude.com/en/api/errors#request-size-limits
MAX_REQUEST_BYTES = 32 * 1024 * 1024
# A client that is cut off while it sends never reads why; so a request that is only somewhat too large is heard out.
_HEARD_OUT_BYTES = 2 * MAX_REQUEST_BYTES
# A model may think for minutes before its first event; ten are what the CLI itself waits for.
_TIMEOUT = httpx.Timeout(connect=10, read=600, write=60, pool=None)
# How many requests run at once is for the jobs' own caps to say.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)


@asynccontextmanager
async def open_gateway(harvest: Harvest) -> AsyncIterator[ASGIApp]:
    """The gateway for a running Harvest, to be mounted at `/llm`."""
    settings = harvest.settings
    # Without a key nothing was granted either: `direct` mode gives out no tokens.
    key = settings.anthropic_api_key or Secret("")
    async with gateway(harvest.usage, base_url=settings.anthropic_base_url, key=key, models=settings.models) as app:
        yield app


@asynccontextmanager
async def gateway(grants: Grants, *, base_url: str, key: Secret, models: tuple[str, ...]) -> AsyncIterator[ASGIApp]:
    """The gateway to the API at `base_url`. `models` are patterns of full ids, or names of families.

    On leaving, what the requests under way have used is recorded first.
    """
    budgets = Budgets(grants)
    async with httpx.AsyncClient(timeout=_TIMEOUT, limits=_LIMITS) as client:
        yield Gateway(client, budgets, base_url=base_url, key=key, models=models).app()
        await budgets.settled()


class Gateway:
    """Serves the agents of all jobs."""

    def __init__(
        self, client: httpx.AsyncClient, budgets: Budgets, *, base_url: str, key: Secret, models: tuple[str, ...]
    ) -> None:
        self._client = client
        self._budgets = budgets
        self._base_url = base_url
        self._key = key
        self._models = models

    def app(self) -> ASGIApp:
        return Starlette(
            routes=[
                Route("/v1/messages", self._messages, methods=["POST"]),
                Route("/v1/messages/count_tokens", self._count_tokens, methods=["POST"]),
            ],
            exception_handlers={Refusal: _refuse, 404: _not_served, 405: _not_served},
        )

    async def _messages(self, http: Request) -> Response | Relay:
        return await self._relay(http, "/v1/messages", costs=True)

    async def _count_tokens(self, http: Request) -> Response | Relay:
        return await self._relay(http, "/v1/messages/count_tokens", costs=False)

    async def _relay(self, http: Request, path: str, *, costs: bool) -> Response | Relay:
        token = job_token(http.headers.items())
        if token is None:
            raise refusals.unknown_token()
        token_sha256 = hashlib.sha256(token.encode()).hexdigest()
        grant = await self._budgets.open_grant(token_sha256)
        http.state.job_id = grant.job_id
        try:
            body = await _read(http)
        except ClientDisconnect:
            return Response(status_code=400)
        request = admit(body, self._models)
        upstream = httpx.Request(
            "POST",
            httpx.URL(f"{self._base_url}{path}", query=http.url.query.encode()),
            headers=to_the_model(http.headers.items(), self._key),
            content=body,
        )
        reserving = self._budgets.reserved(token_sha256, grant.job_id, request) if costs else nullcontext()
        return Relay(self._client, upstream, request, reserving)


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


async def _refuse(http: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, Refusal):
        raise refusal
    log.info(
        "a request to the model was refused",
        job=getattr(http.state, "job_id", None),
        status=refusal.status,
        why=refusal.message,
    )
    return refusal.response()


async def _not_served(http: Request, error: Exception) -> Response:
    return refusals.not_found().response()
