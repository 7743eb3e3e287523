"""The server `harvest`, which every job has: it lists Harvest's own tools and has the one that is called answer."""

from __future__ import annotations

from typing import Any

from github_app.gateway.tools.arguments import Unclear
from github_app.gateway.tools.listing import Tool
from github_app.jobs.context import JobContext
from github_app.jobs.own_tools import (
    ask_maintainer,
    attach_screenshot,
    recall,
    remember,
    report_progress,
    run_tests,
    spawn,
)
from github_app.jobs.own_tools.tool import Call, OwnTool
from github_app.jobs.services import Services
from github_app.settings.tool_servers import ToolServer
from state.job_tools import Place

# In the order in which they are listed.
TOOLS: tuple[OwnTool, ...] = (
    report_progress.TOOL,
    run_tests.TOOL,
    attach_screenshot.TOOL,
    recall.TOOL,
    remember.TOOL,
    ask_maintainer.TOOL,
    spawn.TOOL,
)
BY_NAME = {tool.name: tool for tool in TOOLS}

# Of all tools together; each has a bound of its own where it costs something.
MOST_CALLS = 500
# Tests may run for long, and end by a limit of their own.
MOST_SECONDS = 3600.0


def own_tools_as_declared() -> ToolServer:
    """The server as one in mcp.toml would be."""
    return ToolServer(
        builtin="harvest",
        tools=tuple(tool.name for tool in TOOLS if not tool.changes),
        changing=tuple(tool.name for tool in TOOLS if tool.changes),
        calls=MOST_CALLS,
        seconds=MOST_SECONDS,
    )


class OwnTools:
    """Answers for the jobs of all repositories."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def tools(self) -> list[Tool]:
        return [
            {
                "name": tool.name,
                "description": tool.description,
                "inputSchema": {"type": "object", "properties": dict(tool.arguments), "required": list(tool.needed)},
            }
            for tool in TOOLS
        ]

    async def offered_to(self, job_id: str) -> set[str]:
        """The names of those that the job is offered."""
        context = await JobContext.load(self._services, job_id)
        return {tool.name for tool in TOOLS if tool.offered(context)}

    async def call(self, place: Place, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """MCP's result as plain JSON. What is unclear about a call is an answer, for the agent to mend."""
        try:
            text, is_error = await BY_NAME[tool].answer(Call(self._services, place, arguments)), False
        except Unclear as problem:
            text, is_error = str(problem), True
        return {"content": [{"type": "text", "text": text}], "isError": is_error}
