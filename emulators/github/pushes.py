"""What follows when a ref has moved: pull requests follow their branch, suites are opened, and everybody is told."""

from __future__ import annotations

from emulators.github.changes import close, record
from emulators.github.check_suites import request_suite
from emulators.github.clock import now
from emulators.github.git_diff import FileChange
from emulators.github.git_repository import ABSENT, Commit
from emulators.github.model.accounts import Account
from emulators.github.model.repositories import Repository
from emulators.github.review_places import follow
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
    await _move_pulls(github, repo, branch, before, after, sender)
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


async def _move_pulls(github: GitHub, repo: Repository, branch: str, before: str, after: str, sender: Account) -> None:
    for issue in repo.pulls():
        pull = issue.pull
        if pull is None or issue.state != "open":
            continue
        if pull.base_ref == branch and after != ABSENT:
            pull.base_sha = after
            await follow(repo, pull)
        if pull.head_ref != branch or pull.fork is not None:
            continue
        if after == ABSENT:
            await close(github, repo, issue, sender)
            continue
        pull.head_sha = after
        await repo.git.update_ref(f"refs/pull/{issue.number}/head", after)
        await follow(repo, pull)
        issue.updated_at = now()
        if await repo.git.is_ancestor(after, pull.base_sha):
            await _merged_by_push(github, repo, issue.number, sender)
            continue
        facts = await github.pull_facts(repo, issue)
        github.announce.pull_request("synchronize", repo, issue, facts, sender, before=before, after=after)


async def _merged_by_push(github: GitHub, repo: Repository, number: int, sender: Account) -> None:
    """A pull request whose head is in its base already counts as merged."""
    issue = repo.issues[number]
    if issue.pull is None:
        return
    issue.pull.merged_at, issue.pull.merged_by, issue.pull.merge_commit_sha = now(), sender, issue.pull.head_sha
    record(github, issue, "merged", sender, commit_id=issue.pull.head_sha)
    await close(github, repo, issue, sender)
