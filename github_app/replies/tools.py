"""What people are told of the tools that an agent had: which it used, and which could not be had. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from github_app.domain.job_report import ToolUse

TOOLS_OUT_OF_REACH = (
    "There were no tool servers: the sandbox had no way to this Harvest, whose address is known to its own machine alone "
    "(`HARVEST_PUBLIC_URL`)."
)


def no_such_tool_servers(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names)
    return f"`tools`: this Harvest has no tool server {shown} for this repository, so the work was done without."


def tool_server_left_out(server: str, problem: str) -> str:
    """`problem` is half a sentence of Harvest's own."""
    return f"The tool server `{server}` was left out: {problem}."


def no_browser(problem: str) -> str:
    return f"The agent had no browser: {problem}."


BROWSER_DID_NOT_START = "The agent had no browser: the server of its tools did not start."


def screenshots_not_shown(problem: str) -> str:
    return f"The agent's screenshots are not shown: {problem}."


def tools_line(uses: Sequence[ToolUse]) -> str:
    """Which tools were called, by server. Names of tools are the operator's, and have no markup in them."""
    by_server: dict[str, list[str]] = {}
    for use in uses:
        times = f" {use.calls}×" if use.calls > 1 else ""
        failed = f" ({use.failed} failed)" if use.failed else ""
        by_server.setdefault(use.server, []).append(f"`{use.tool}`{times}{failed}")
    return "Tools used: " + "; ".join(f"{server}: {', '.join(tools)}" for server, tools in by_server.items())
