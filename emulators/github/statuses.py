"""Commit statuses: what services that are no Apps say about a commit. https://docs.github.com/rest/commits/statuses"""

from __future__ import annotations

from emulators.github.authorship import account_behind
from emulators.github.errors import unprocessable
from emulators.github.git_repository import Commit
from emulators.github.model.accounts import Account
from emulators.github.model.checks import CommitStatus
from emulators.github.model.repositories import Repository
from emulators.github.service import GitHub
from emulators.github.shapes.accounts import simple_user
from emulators.github.shapes.commits import commit as commit_shape
from emulators.github.shapes.commits import short_branch
from emulators.github.shapes.statuses import status_in_webhook

# "There is a limit of 1000 statuses per sha and context within a repository."
# https://docs.github.com/rest/commits/statuses#create-a-commit-status
MAX_STATUSES = 1_000


async def set_status(github: GitHub, repo: Repository, status: CommitStatus, on: Commit, sender: Account) -> None:
    """Keep a status and tell of it. Raises Refused 422 when there are too many."""
    if sum((one.sha, one.context) == (status.sha, status.context) for one in repo.statuses) >= MAX_STATUSES:
        message = "This SHA and context has reached the maximum number of statuses."
        raise unprocessable(resource="Status", code="custom", message=message)
    repo.statuses.append(status)
    author = account_behind(github, on)
    shape = commit_shape(github.at, repo, on, simple_user(github.at, author) if author else None)
    refs = await repo.git.refs("refs/heads/")
    at_it = [ref.removeprefix("refs/heads/") for ref, sha in refs.items() if sha == on.sha]
    branches = [short_branch(github.at, repo, name, on.sha) for name in at_it]
    github.announce.send("status", repo, sender, status_in_webhook(github.at, repo, status, shape, branches))


def latest_statuses(repo: Repository, sha: str) -> list[CommitStatus]:
    """The newest status of each context, newest first. Contexts are one whatever their case."""
    latest: dict[str, CommitStatus] = {}
    for status in repo.statuses:
        if status.sha == sha:
            latest[status.context.lower()] = status
    return sorted(latest.values(), key=lambda one: one.id, reverse=True)


def combined_state(statuses: list[CommitStatus]) -> str:
    """ "failure if any of the contexts report as error or failure; pending if there are no statuses or a context is pending;
    success if the latest status for all contexts is success".
    https://docs.github.com/rest/commits/statuses#get-the-combined-status-for-a-specific-reference"""
    states = {one.state for one in statuses}
    if states & {"error", "failure"}:
        return "failure"
    return "success" if states == {"success"} else "pending"
