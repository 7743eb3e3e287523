"""What a branch is to people: whether an agent's commits may go straight to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from github_app.domain.ending import JobOver
from github_app.github.failures import Refused
from github_app.github.paths import repository_path
from github_app.github.tokens import Purpose
from github_app.jobs.context import JobContext
from github_app.publish.push import OWN_BRANCHES
from github_app.replies import endings


@dataclass(frozen=True)
class Standing:
    """What a branch is to people: `default_branch` is the repository's, `pulls_into_it` are open ones, by number."""

    branch: str
    default_branch: str
    protected: bool
    pulls_into_it: Sequence[int]


def why_not_to_push(standing: Standing) -> str:
    """Why commits of an agent don't go straight to that branch, as words that can follow "because"; empty when they may."""
    if standing.branch == standing.default_branch:
        return "it is the default branch"
    if standing.protected:
        return "it is protected"
    if standing.pulls_into_it:
        return f"other pull requests are merged into it (#{min(standing.pulls_into_it)})"
    return ""


async def look_at(context: JobContext, branch: str, *, but: int) -> Standing:
    """The branch as GitHub has it now; the pull request numbered `but` doesn't count.

    GitHub calls a branch protected by branch protection or by a ruleset.
    https://docs.github.com/en/rest/branches/branches#get-a-branch, https://docs.github.com/en/rest/pulls/pulls#list-pull-requests
    """
    session = context.session
    token = await context.services.tokens.get(session.installation_id, session.repository_id, Purpose.READ)
    path = repository_path(session.repository)

    async def get(rest: str) -> Any:
        return await context.services.github.with_token(token.value, "GET", path + rest, job_id=context.job.id)

    repository = await get("")
    try:
        protected = bool((await get(f"/branches/{quote(branch, safe='')}"))["protected"])
    except Refused as problem:
        if problem.status != 404:
            raise
        protected = False  # it is gone, which the clone says better
    pulls = await (await context.thread()).request("GET", f"/pulls?state=open&per_page=100&base={quote(branch, safe='')}")
    into_it = [int(pull["number"]) for pull in pulls if pull["number"] != but]
    return Standing(branch, repository["default_branch"], protected, into_it)


async def must_not_be_theirs(context: JobContext, branch: str) -> None:
    """For a push that goes where another one went, or was to go: raises JobOver where people treat that as theirs by now."""
    if branch.startswith(OWN_BRANCHES):
        return
    if why := why_not_to_push(await look_at(context, branch, but=context.session.thread)):
        raise JobOver.of(endings.not_to_be_pushed_to(branch, why))
