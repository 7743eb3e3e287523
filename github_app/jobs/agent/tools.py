"""The tools that a job's agent has beside the CLI's own: of the servers that its repository has switched on, those that the
operator lets it have and that answered when the job first looked.

What the job saw then is written down, and is what it has to its end: here, at the gateway, and on any other node.
"""

from __future__ import annotations

import asyncio
from collections import Counter

import structlog

from github_app.domain.job_report import ToolUse
from github_app.domain.session_events import ToolUsed, event_in
from github_app.gateway.tools.app import load_protocol
from github_app.gateway.tools.problems import ServerProblem
from github_app.jobs.context import JobContext
from github_app.jobs.results import BranchChosen
from github_app.jobs.services import Services
from github_app.replies import tools as tool_words
from github_app.settings.egress import TOOLS_PATH
from github_app.settings.tool_servers import OWN
from sandbox.agent import ToolServer

log = structlog.get_logger()


def servers_of(context: JobContext) -> list[str]:
    """The names of those that the job may be given: Harvest's own, and those that its repository names, in that order."""
    if not context.services.have_tools:
        return []
    declared = context.services.tool_servers.declared
    wanted = dict.fromkeys((OWN, *context.repository_settings.tools))
    return [name for name in wanted if name in declared and declared[name].serves(context.session.repository)]


def get_ready_for_tools(services: Services) -> None:
    """Begin to load what answers an agent's client, beside the steps before that. Not when the service starts: one that has
    nothing to do is by a tenth smaller without it."""
    if services.have_tools:
        asyncio.get_running_loop().run_in_executor(None, load_protocol)


async def give_tools(context: JobContext) -> None:
    """Have the job see each of its servers, unless it has before. One that gives no answer is written down as such."""
    seen = {given.server for given in await context.services.job_tools.of_job(context.job.id)}
    await asyncio.gather(*(_look_at(context, name) for name in servers_of(context) if name not in seen))


async def _look_at(context: JobContext, name: str) -> None:
    services, job_id = context.services, context.job.id
    may_change = not context.found(BranchChosen).to_read
    if services.tool_servers.declared[name].builtin == "github":
        may_change = may_change and context.repository_settings.write_issues
    try:
        tools = await services.tool_servers.tools_for(job_id, name, may_change=may_change)
    except ServerProblem as problem:
        log.warning("a job goes on without a tool server", server=name, problem=str(problem))
        await services.job_tools.give(job_id, name, [], str(problem))
    else:
        await services.job_tools.give(job_id, name, tools)


async def given_servers(context: JobContext) -> tuple[ToolServer, ...]:
    """What the CLI is told of the job's servers."""
    url, declared = f"{context.services.service_url}{TOOLS_PATH}", context.services.tool_servers.declared
    return tuple(
        ToolServer(
            given.server,
            f"{url}/{given.server}",
            tuple(str(tool["name"]) for tool in given.tools),
            seconds=declared[given.server].seconds,
        )
        for given in await context.services.job_tools.of_job(context.job.id)
        if not given.problem and given.server in declared
    )


async def notes_on_tools(context: JobContext) -> tuple[str, ...]:
    """Sentences on the servers that the repository has switched on and the job did not get."""
    wanted = tuple(dict.fromkeys(context.repository_settings.tools))
    if not wanted:
        return ()
    if not context.services.have_tools:
        return (tool_words.TOOLS_OUT_OF_REACH,)
    known = servers_of(context)
    given = {given.server: given for given in await context.services.job_tools.of_job(context.job.id)}
    unknown = [name for name in wanted if name not in known and name not in given]
    notes = [tool_words.no_such_tool_servers(unknown)] if unknown else []
    return (*notes, *(tool_words.tool_server_left_out(one.server, one.problem) for one in given.values() if one.problem))


async def tools_used(context: JobContext) -> tuple[ToolUse, ...]:
    """The calls of others' tools that the job's agents have made so far, from the session's log: by server and tool, the first
    one first. What Harvest's own have done is told by what came of it."""
    calls: Counter[tuple[str, str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    after, logs = 0, context.services.logs
    while page := await logs.read(context.session.id, after=after, job_id=context.job.id, by="harvest"):
        for entry in page:
            after = entry.number
            if isinstance(event := event_in(entry), ToolUsed) and event.server != OWN:
                calls[event.server, event.tool] += 1
                failed[event.server, event.tool] += bool(event.problem)
    return tuple(ToolUse(server, tool, count, failed[server, tool]) for (server, tool), count in calls.items())
