"""A job with tools, in a state of its own, and the gateway that serves it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.applications import Starlette
from starlette.routing import Mount

from github_app.domain.session_events import ToolUsed, event_in
from github_app.gateway.tools.app import ToolGateway
from github_app.gateway.tools.servers import Servers
from github_app.settings.tool_servers import ToolServer
from state.budgets import Account, JobBudgets
from state.job_tools import JobTools
from state.jobs import Jobs
from state.session_log import SessionLogs
from state.sessions import Sessions
from state.usage import UsageLedger
from tests.gateway.conftest import serving
from tests.sqlite_file import open_sqlite

TOKEN = "harvest-job-token-of-the-job-with-tools"


@dataclass
class ToolJob:
    """The gateway at `url`, and the job `job` whose token is `TOKEN`."""

    url: str
    servers: Servers
    jobs: Jobs
    job_tools: JobTools
    logs: SessionLogs
    usage: UsageLedger
    session_id: str
    gateway: ToolGateway

    async def give(self, name: str, *, may_change: bool = False) -> list[str]:
        """The job sees the server; gives the names of its tools."""
        tools = await self.servers.tools_for("job", name, may_change=may_change)
        await self.job_tools.give("job", name, tools)
        return [tool["name"] for tool in tools]

    @asynccontextmanager
    async def client(self, name: str, token: str = TOKEN, at: str = "") -> AsyncIterator[Client]:
        """The protocol's own client, as the agent's; `at` is the gateway's address, where it is another one's."""
        headers = {"authorization": f"Bearer {token}", "cookie": "a=b"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as http,
            Client(streamable_http_client(f"{at or self.url}/{name}", http_client=http), cache=None) as client,
        ):
            yield client

    async def used(self) -> list[ToolUsed]:
        """The calls in the session's log."""
        events = [event_in(entry) for entry in await self.logs.read(self.session_id, job_id="job", by="harvest")]
        return [event for event in events if isinstance(event, ToolUsed)]


@asynccontextmanager
async def tool_job(
    folder: Path,
    declared: dict[str, ToolServer],
    built_in: Any = None,
    *,
    repository: str = "acme/tide",
    ids: tuple[int, int] = (5, 6),
) -> AsyncIterator[ToolJob]:
    """Everything in `folder`, with a budget of one dollar. `ids` are those of the installation and the repository."""
    async with AsyncExitStack() as stack:
        database = await open_sqlite(folder)
        stack.push_async_callback(database.close)
        sessions, jobs, logs = Sessions(database), Jobs(database), await SessionLogs.open(database)
        stack.push_async_callback(logs.close)
        session = await sessions.open_session(
            installation_id=ids[0], repository_id=ids[1], repository=repository, thread=7, kind="issue"
        )
        await jobs.add("job", session_id=session.id, installation_id=ids[0], kind="issue", recipe="change/1", ask={})
        await jobs.update("job", gateway_token_sha256=hashlib.sha256(TOKEN.encode()).hexdigest())
        own = Account("job/job", "this job", limit_microdollars=1_000_000, set_by="HARVEST_BUDGET_USD")
        await JobBudgets(database).hold("job", session.id, [own])
        servers, job_tools, usage = Servers(declared, built_in or {}), JobTools(database), UsageLedger(database)
        stack.push_async_callback(servers.close)
        gateway = ToolGateway(servers, job_tools, logs, usage, "http://127.0.0.1")
        stack.push_async_callback(gateway.close)
        url = await stack.enter_async_context(serving(Starlette(routes=[Mount("/tools", gateway)])))
        yield ToolJob(f"{url}/tools", servers, jobs, job_tools, logs, usage, session.id, gateway)


@asynccontextmanager
async def another_node(folder: Path, declared: dict[str, ToolServer]) -> AsyncIterator[str]:
    """One more gateway on that job's database, as a process of its own would have it; gives its address."""
    async with AsyncExitStack() as stack:
        database = await open_sqlite(folder)
        stack.push_async_callback(database.close)
        logs, servers = await SessionLogs.open(database), Servers(declared, {})
        stack.push_async_callback(logs.close)
        stack.push_async_callback(servers.close)
        gateway = ToolGateway(servers, JobTools(database), logs, UsageLedger(database), "http://127.0.0.1")
        stack.push_async_callback(gateway.close)
        yield f"{await stack.enter_async_context(serving(Starlette(routes=[Mount('/tools', gateway)])))}/tools"
