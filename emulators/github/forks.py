"""Forks: copies of a repository that are somebody else's, from which pull requests come.

https://docs.github.com/pull-requests/collaborating-with-pull-requests/working-with-forks
"""

from __future__ import annotations

from emulators.github.git_repository import ABSENT
from emulators.github.model.accounts import Account
from emulators.github.model.repositories import Repository
from emulators.github.model.roles import at_least
from emulators.github.service import GitHub
from emulators.github.shapes.repositories import repository as repository_shape


async def fork(
    github: GitHub, parent: Repository, owner: Account, sender: Account, name: str, *, default_branch_only: bool
) -> Repository:
    """A new repository with the parent's commits. It has no issues, no secrets, and the App isn't installed there."""
    made = github.store.add_repository(
        owner, name, private=parent.private, default_branch=parent.default_branch, description=parent.description
    )
    made.parent = parent
    await made.git.create(parent.default_branch, github.hooks)
    for ref, sha in (await parent.git.refs("refs/heads/")).items():
        if not default_branch_only or ref == f"refs/heads/{parent.default_branch}":
            await made.git.take(parent.git, sha)
            await made.git.update_ref(ref, sha, ABSENT)
    shape = repository_shape(github.at, made)
    github.announce.send("fork", parent, sender, {"forkee": {**shape, "fork": True, "public": not made.private}})
    return made


def forks_of(github: GitHub, parent: Repository) -> list[Repository]:
    return [one for one in github.store.repositories.values() if one.parent is parent]


def in_network(github: GitHub, repo: Repository, owner: str, name: str | None = None) -> Repository | None:
    """The repository of the same network that somebody has: its root, or any fork. `name` tells two of one owner apart."""
    for one in github.store.repositories.values():
        if one.root is repo.root and one.owner.login.lower() == owner.lower() and name in (None, one.name):
            return one
    return None


def branches_open_to(github: GitHub, head: Repository, account: Account) -> set[str]:
    """The branches of a fork that somebody may push to because of open pull requests that allow it to maintainers.

    https://docs.github.com/pull-requests/collaborating-with-pull-requests/working-with-forks/allowing-changes-to-a-pull-request-branch-created-from-a-fork
    """
    return {
        issue.pull.head_ref
        for base in github.store.repositories.values()
        if at_least(base.role_of(account), "write")
        for issue in base.pulls()
        if issue.pull and issue.pull.fork is head and issue.pull.maintainer_can_modify and issue.state == "open"
    }
