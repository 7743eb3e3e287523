"""The tool servers: does each answer, take its credential, and have the tools that jobs are to be given?"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from github_app.gateway.linear.workspace import lacks
from github_app.gateway.tools.builtin.gemini import TOOLS as GEMINI_TOOLS
from github_app.gateway.tools.builtin.github import TOOLS as GITHUB_TOOLS
from github_app.gateway.tools.listing import missing
from github_app.gateway.tools.problems import ServerProblem
from github_app.gateway.tools.servers import Servers
from github_app.operator.doctor.egress import address_of
from github_app.operator.doctor.finding import Finding
from github_app.operator.doctor.model import ANSWER_SECONDS
from github_app.operator.doctor.reviewer import gemini_finding
from github_app.settings.egress import have_tools
from github_app.settings.operator import Settings, SettingsError
from github_app.settings.tool_servers import ToolServer

SUBJECT = "tools"
BUILT_IN_TOOLS = {"gemini": tuple(GEMINI_TOOLS), "github": tuple(GITHUB_TOOLS)}
# What the conversations are begun for, in the place of a job.
NO_JOB = "doctor"


async def tools_findings(settings: Settings) -> list[Finding]:
    try:
        declared = settings.declared_tool_servers()
    except SettingsError:
        return []  # told with the settings
    if not declared:
        return []
    if not have_tools(settings, url := address_of(settings)):
        advice = "set HARVEST_PUBLIC_URL to the https:// address under which the internet reaches this service"
        return [Finding(SUBJECT, "warning", f"servers are declared, and jobs on Modal have no way to {url}", advice)]
    remote = {name: server for name, server in declared.items() if server.builtin is None}
    built_in = {name: server for name, server in declared.items() if server.builtin is not None}
    servers = Servers(remote, {})
    try:
        return await asyncio.gather(
            *(remote_finding(servers, name, server) for name, server in remote.items()),
            *(built_in_finding(settings, name, server) for name, server in built_in.items()),
        )
    finally:
        await servers.close()


async def remote_finding(servers: Servers, name: str, server: ToolServer) -> Finding:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            listed = await servers.listed(NO_JOB, name)
    except TimeoutError:
        detail = f"{name}: it gave no answer in {ANSWER_SECONDS:g} s"
        return Finding(SUBJECT, "missing", detail, f"is {server.url} right?")
    except ServerProblem as problem:
        advice = f"set a valid {server.credential}" if problem.refused and server.credential else f"is {server.url} right?"
        return Finding(SUBJECT, "missing", f"{name}: {problem}", advice)
    names = server.offers(may_change=True)
    if server.kind is not None and (unusable := lacks([str(tool["name"]) for tool in listed], tells=bool(server.tell))):
        advice = f"is {server.url} Linear's, and may the key write comments?"
        return Finding(SUBJECT, "warning", f"{name} has no tool {', '.join(unusable)}, which Harvest itself calls", advice)
    if lacking := missing(listed, names):
        others = ", ".join(sorted(str(tool["name"]) for tool in listed)[:20])
        return Finding(SUBJECT, "warning", f"{name} has no tool {', '.join(lacking)}", f"correct tools; it has: {others}")
    key = f"takes {server.credential} and " if server.credential else ""
    detail = f"{name} {key}has {', '.join(names)}, for {repositories_of(server)}"
    return Finding(SUBJECT, "ok", f"{detail}{what_harvest_does(server)}")


def repositories_of(server: ToolServer) -> str:
    return "all repositories" if "*/*" in server.repositories else ", ".join(server.repositories)


def what_harvest_does(server: ToolServer) -> str:
    """What it is to Harvest itself, beside its tools."""
    if server.kind is None:
        return ""
    told = f", and tells there: {', '.join(server.tell)}" if server.tell else ""
    return f"; Harvest reads issues of {', '.join(server.teams)} that a request names{told}"


async def built_in_finding(settings: Settings, name: str, server: ToolServer) -> Finding:
    kind = str(server.builtin)
    if lacking := [tool for tool in server.tools if tool not in BUILT_IN_TOOLS[kind]]:
        advice = f"correct tools; it has: {', '.join(BUILT_IN_TOOLS[kind])}"
        return Finding(SUBJECT, "warning", f"{name} has no tool {', '.join(lacking)}", advice)
    if kind == "gemini":
        if settings.gemini_api_key is None:
            detail = f"{name} is built in ({kind}), and jobs get none of its tools: there is no key"
            return Finding(SUBJECT, "warning", detail, "set GEMINI_API_KEY, or remove the server")
        asked = await gemini_finding(settings, settings.gemini_api_key, SUBJECT)
        if asked.verdict != "ok":
            return replace(asked, detail=f"{name}: {asked.detail}")
    reading = ", ".join(server.tools) or ("all its tools that read" if server.changing else "all its tools")
    writing = f"; where `write_issues` is set also {', '.join(server.changing)}" if server.changing else ""
    return Finding(SUBJECT, "ok", f"{name} is built in ({kind}), with {reading}, for {repositories_of(server)}{writing}")
