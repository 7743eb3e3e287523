"""What follows when a ref has moved: pull requests follow their branch, suites are opened, and everybody is told."""

from __future__ import annotations

from emulators.github.check_suites import request_suite
from emulators.github.clock import now
from emulators.github.git_diff import FileChange
from emulators.github.git_repository import ABSENT, Commit
from emulators.github.model.accounts import Account
from emulators.github.model.repositories import Repository
from emulators.github.pull_heads import branch_moved
from emulators.github.service import GitHub

# A push payload lists no more commits than this. https://docs.github.com/webhooks/webhook-events-and-payloads#push
_LISTED_COMMITS = 2_048

# The tree of a commit without parents is compared with nothing.
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

_BRANCH = "refs/heads/"


async def ref_moved(github: GitHub, repo: Repository, ref: str, before: str, after: str, sender: Account) -> None:
    """A ref went from `before` to `after` (`ABSENT`: it was made or deleted) because of `sender`."""
    repo.pushed_at = repo.updated_at = now()
    forced = ABSENT not in (before, after) and not await repo.git.is_ancestor(before, after)
    pushed = await _pushed(repo, before, after)
    github.announce.push(repo, ref, before, after, pushed, forced, sender)
    if not ref.startswith(_BRANCH):
        return
    branch = ref.removeprefix(_BRANCH)
    await branch_moved(github, repo, branch, before, after, sender)
    if after != ABSENT and pushed:
        request_suite(github, repo, branch, before, pushed[-1][0], sender)


async def _pushed(repo: Repository, before: str, after: str) -> list[tuple[Commit, tuple[FileChange, ...]]]:
    """The commits that are new on this ref, oldest first, each with what it changed."""
    if after == ABSENT:
        return []
    others = [f"^{before}"] if before != ABSENT else []
    if before == ABSENT and (default := await repo.git.branch(repo.default_branch)) and default != after:
        others = [f"^{default}"]
    commits = await repo.git.commits(after, *others, limit=_LISTED_COMMITS)
    pushed = []
    for commit in reversed(commits):
        parent = commit.parents[0] if commit.parents else EMPTY_TREE
        pushed.append((commit, await repo.git.changes(parent, commit.sha)))
    return pushed
