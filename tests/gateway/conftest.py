"""The gateway as a server of its own, in front of the emulated Anthropic or of a socket that a test speaks for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from github_app.gateway.model.app import gateway
from sandbox.secret import Secret
from tests.anthropic_service import TRUST_NOBODY, AnthropicService, anthropic_service
from tests.gateway.grants import MemoryGrants
from tests.waiting import PATIENCE_SECONDS, until

TOKEN = "harvest-job-token-of-job-1"


@dataclass
class Running:
    """A gateway at `url`, and the grants it looks at. `http` has the token of `job-1`, a `stranger` has none."""

    url: str
    grants: MemoryGrants
    http: httpx.AsyncClient
    stranger: httpx.AsyncClient


@asynccontextmanager
async def running_gateway(
    base_url: str, *, key: str = "the-real-key", models: tuple[str, ...] = ("claude-*",), grants: MemoryGrants | None = None
) -> AsyncIterator[Running]:
    grants = grants or MemoryGrants()
    grants.give(TOKEN, "job-1", budget_usd=5)
    async with (
        gateway(grants, base_url=base_url, key=Secret(key), models=models) as app,
        # Mounted as Harvest mounts it.
        serving(Starlette(routes=[Mount("/llm", app)])) as url,
        httpx.AsyncClient(
            base_url=f"{url}/llm", headers={"x-api-key": TOKEN}, verify=TRUST_NOBODY, timeout=PATIENCE_SECONDS
        ) as http,
        httpx.AsyncClient(base_url=f"{url}/llm", verify=TRUST_NOBODY, timeout=PATIENCE_SECONDS) as stranger,
    ):
        yield Running(f"{url}/llm", grants, http, stranger)


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application on a free port."""
    # asyncio turns Nagle's algorithm off only for sockets that say they are TCP.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=0, lifespan="off"))
        running = asyncio.create_task(server.serve(sockets=[listening]))
        await until(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


@pytest.fixture(scope="session")
def running_anthropic() -> Iterator[AnthropicService]:
    with anthropic_service() as service:
        yield service


@pytest.fixture
def anthropic(running_anthropic: AnthropicService) -> AnthropicService:
    running_anthropic.forget()
    return running_anthropic


@pytest.fixture
async def llm(anthropic: AnthropicService) -> AsyncIterator[Running]:
    """The gateway to the emulated Anthropic."""
    async with running_gateway(anthropic.url, key=anthropic.api_key) as running:
        yield running
