"""The issues of another tracker that a request names, brought in for the job's agent: from the servers that the operator
declared as one and the repository has switched on. What was read first is what the job has to its end.
"""

from __future__ import annotations

import asyncio
import time

import structlog

from github_app.domain.issue_keys import MOST_BROUGHT_IN, keys_named
from github_app.gateway.linear.answers import KEY
from github_app.gateway.linear.workspace import Linear
from github_app.gateway.tools.problems import ServerProblem
from github_app.jobs.agent.tools import servers_of
from github_app.jobs.context import JobContext
from github_app.jobs.results import BranchChosen
from github_app.replies import issues as wording
from github_app.settings.tool_servers import ToolServer
from github_app.text.hostile import wrap
from state.issue_notes import IssueNote
from state.job_issues import JobIssue
from state.job_tools import Place

log = structlog.get_logger()

MAX_MATERIAL_CHARACTERS = 45_000
MISSING = "missing"
# That it was merged is told at once when GitHub tells of it; this is when nobody did.
FIRST_LOOK_SECONDS = 10 * 60.0


async def bring_in(context: JobContext) -> list[JobIssue]:
    """The issues that the request names, read now unless the job has read them before. That they are worked on is then to be
    told there, where the operator wants that."""
    trackers = trackers_of(context)
    named = named_in(context, trackers)[:MOST_BROUGHT_IN]
    if not named:
        return []
    job_issues = context.services.job_issues
    if not await job_issues.of_job(context.job.id):
        await job_issues.pin(context.job.id, await asyncio.gather(*(_read(context, name, key) for name, key in named)))
    issues = await job_issues.of_job(context.job.id)
    if not context.found(BranchChosen).to_read:
        await owe(context, issues, "start")
    return issues


def trackers_of(context: JobContext) -> dict[str, ToolServer]:
    """Those that the job may read issues of, by the names that they are declared under."""
    declared = context.services.tool_servers.declared
    return {name: declared[name] for name in servers_of(context) if declared[name].kind is not None}


def named_in(context: JobContext, trackers: dict[str, ToolServer]) -> list[tuple[str, str]]:
    """The servers and keys of the issues that are named, the likeliest first. A team is of the first server that names it."""
    owner = {team: name for name, server in reversed(trackers.items()) for team in server.teams}
    return [(owner[key.partition("-")[0]], key) for key in keys_named(context.ask, list(owner))] if owner else []


async def _read(context: JobContext, name: str, key: str) -> JobIssue:
    services, session = context.services, context.session
    place = Place(context.job.id, session.id, session.installation_id, session.repository_id, session.repository)
    try:
        found = await Linear(services.tool_servers, name, place).read(key)
    except ServerProblem as problem:
        log.warning("a job goes on without an issue that it names", issue=key, server=name, problem=str(problem))
        return JobIssue(key, name, problem=str(problem))
    if found is None:
        return JobIssue(key, name, problem=MISSING)
    issue, text = found
    team = KEY.fullmatch(issue.key)
    if team is not None and team[1] not in services.tool_servers.declared[name].teams:
        return JobIssue(key, name, problem="it was moved to a team whose issues are not brought in")
    return JobIssue(key, name, issue.reference, issue.url, text)


def material_of(issues: list[JobIssue]) -> str:
    """What the agent is told of them before it is told what to do; empty for none."""
    parts = []
    for one in issues:
        if one.problem:
            parts.append(f"The request names the issue {one.issue} of the team's tracker, which could not be read.")
        else:
            parts.append(f"The request names the issue {one.issue} of the team's tracker. As it was when you began:")
            parts.append(wrap(one.text, max_length=MAX_MATERIAL_CHARACTERS))
    return "\n\n".join(parts)


def notes_on_issues(context: JobContext, issues: list[JobIssue]) -> tuple[str, ...]:
    """What the reply says of them."""
    notes = []
    for one in issues:
        if not one.problem:
            notes.append(wording.read(one.issue, one.url))
        elif one.problem == MISSING:
            notes.append(wording.no_such_issue(one.issue, one.server))
        else:
            notes.append(wording.not_read(one.issue, one.server, one.problem))
    left_out = [key for _, key in named_in(context, trackers_of(context))[MOST_BROUGHT_IN:]] if issues else []
    return (*notes, wording.too_many_issues(left_out, MOST_BROUGHT_IN)) if left_out else tuple(notes)


async def owe(context: JobContext, issues: list[JobIssue], moment: str, *, pull: int = 0, after: float = 0.0) -> None:
    """Have this told in those of the issues that were found, if their server's `tell` says so. Repeating it tells nothing
    twice."""
    declared = context.services.tool_servers.declared
    wanted = [
        IssueNote(
            session_id=context.session.id,
            server=one.server,
            issue=one.issue,
            moment=moment,
            pull=pull,
            reference=one.reference,
            asked_by=context.ask.actor.login,
            made_at=time.time(),
            tries=0,
        )
        for one in issues
        if not one.problem and one.server in declared and moment in declared[one.server].tell
    ]
    await context.services.issue_notes.owe(wanted, after=after)


async def owe_of_a_pull(context: JobContext, pull: int) -> None:
    """Have it told that this pull request, of Harvest's own, was opened for the job's issues, and later that it was merged."""
    if not any(server.tell for server in trackers_of(context).values()):
        return
    issues = await context.services.job_issues.of_job(context.job.id)
    await owe(context, issues, "opened", pull=pull)
    await owe(context, issues, "merged", pull=pull, after=FIRST_LOOK_SECONDS)
