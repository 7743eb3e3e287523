"""What the tool gateway adds to a call: the same server, asked by the same client directly and through Harvest, in turns.

The server, the gateway and the client share one process, so all that the gateway does counts: the token, what the
job was given, the count, redaction, the session's log, on SQLite that commits to the disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver import MCPServer
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from github_app.gateway.tools.app import tool_gateway
from github_app.gateway.tools.servers import Servers
from github_app.settings.tool_servers import ToolServer
from state.budgets import Account, JobBudgets
from state.database import Database
from state.job_tools import JobTools
from state.jobs import Jobs
from state.session_log import SessionLogs
from state.sessions import Sessions
from state.usage import UsageLedger

CALLS, WARM_UP = 200, 20
TOKEN = "a-job-token-of-the-benchmark"  # noqa: S105
JOB = "job"
TEXT = "A line of an answer, as a tool gives many of them.\n" * 100


@dataclass(frozen=True)
class ToolFigures:
    """Seconds of each call, directly and through the gateway, and of the processor's time in it."""

    direct: list[float]
    gateway: list[float]
    direct_core: list[float]
    gateway_core: list[float]

    @property
    def added(self) -> float:
        """What the gateway adds to the middle call."""
        return statistics.median(self.gateway) - statistics.median(self.direct)

    @property
    def added_core(self) -> float:
        """The same in processor time, which others on the machine don't lengthen."""
        return statistics.median(self.gateway_core) - statistics.median(self.direct_core)


async def measure(folder: Path) -> ToolFigures:
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(server_of_its_own())
        gateway = await stack.enter_async_context(gateway_to(upstream, folder))
        direct = await stack.enter_async_context(client_of(upstream))
        through = await stack.enter_async_context(client_of(gateway, authorization=f"Bearer {TOKEN}"))
        figures = ToolFigures([], [], [], [])
        turns = ((direct, figures.direct, figures.direct_core), (through, figures.gateway, figures.gateway_core))
        for number in range(WARM_UP + CALLS):
            for client, taken, core in turns:
                begun, used = time.perf_counter(), time.process_time()
                answer = await client.call_tool("read", {"path": f"file-{number}.py"})
                if answer.is_error:
                    raise RuntimeError(f"the call failed: {answer}")
                if number >= WARM_UP:
                    taken.append(time.perf_counter() - begun)
                    core.append(time.process_time() - used)
    return figures


@asynccontextmanager
async def client_of(url: str, **headers: str) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http), cache=None) as client,
    ):
        await client.list_tools()
        yield client


@asynccontextmanager
async def server_of_its_own() -> AsyncIterator[str]:
    """A server by the protocol's SDK, with one tool that answers with 5 KB."""
    server = MCPServer("benchmark", log_level="CRITICAL")

    @server.tool()
    def read(path: str) -> str:
        """Read a file."""
        return path + TEXT

    app = server.streamable_http_app()
    async with server.session_manager.run(), serving(app) as url:
        yield f"{url}/mcp"


@asynccontextmanager
async def gateway_to(upstream: str, folder: Path) -> AsyncIterator[str]:
    async with AsyncExitStack() as stack:
        database = await Database.open(f"sqlite:///{folder}/harvest.db")
        stack.push_async_callback(database.close)
        logs = await SessionLogs.open(database)
        stack.push_async_callback(logs.close)
        session = await Sessions(database).open_session(
            installation_id=1, repository_id=2, repository="a/b", thread=3, kind="issue"
        )
        jobs, job_tools = Jobs(database), JobTools(database)
        await jobs.add(JOB, session_id=session.id, installation_id=1, kind="issue", recipe="change/1", ask={})
        await jobs.update(JOB, gateway_token_sha256=hashlib.sha256(TOKEN.encode()).hexdigest())
        await JobBudgets(database).hold(JOB, session.id, [Account(f"job/{JOB}", "this job")])
        servers = Servers({"files": ToolServer(url=upstream, tools=("read",), calls=10_000)}, {})
        stack.push_async_callback(servers.close)
        await job_tools.give(JOB, "files", await servers.tools_for(JOB, "files", may_change=False))
        gateway = tool_gateway(servers, job_tools, logs, UsageLedger(database), service_url="http://127.0.0.1")
        app = Starlette(routes=[Mount("/tools", await stack.enter_async_context(gateway))])
        yield f"{await stack.enter_async_context(serving(app))}/tools/files"


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    # asyncio turns Nagle's algorithm off only for sockets that say they are TCP.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=0, lifespan="off"))
        running = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running
