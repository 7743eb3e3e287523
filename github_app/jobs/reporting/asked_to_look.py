"""Who is asked to look at a pull request that Harvest has opened: it is assigned to who asked for it, or as the repository's
settings have it, and its reviewers are asked.

https://docs.github.com/en/rest/issues/assignees, https://docs.github.com/en/rest/pulls/review-requests
"""

from __future__ import annotations

from typing import Any

import structlog

from github_app.github.failures import Refused
from github_app.jobs.context import JobContext
from github_app.replies import wording

log = structlog.get_logger()


async def ask_people_to_look(context: JobContext, pull: int) -> list[str]:
    """Repeating it asks nobody twice. Gives sentences on who could not be asked."""
    settings, actor = context.repository_settings, context.ask.actor
    assignees = settings.assignees
    if assignees is None:
        assignees = (actor.login,) if actor.type == "User" else ()
    people = [name for name in settings.reviewers if "/" not in name]
    teams = [name.partition("/")[2] for name in settings.reviewers if "/" in name]
    problems = []
    if assignees:
        problems += await _ask(context, f"/issues/{pull}/assignees", {"assignees": list(assignees)}, assignees)
    if settings.reviewers:
        body = {"reviewers": people, "team_reviewers": teams}
        problems += await _ask(context, f"/pulls/{pull}/requested_reviewers", body, settings.reviewers)
    return problems


async def _ask(context: JobContext, path: str, body: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    try:
        await (await context.thread()).request("POST", path, body, repeatable=True)
    except Refused as problem:
        log.warning("nobody was asked to look at the pull request", error=str(problem))
        return [wording.not_asked_to_look(names, problem.reason)]
    return []
