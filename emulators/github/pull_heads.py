"""Pull requests follow their branches: the head where it lives, which may be a fork, and the base."""

from __future__ import annotations

from emulators.github.changes import close, record
from emulators.github.clock import now
from emulators.github.git_repository import ABSENT
from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Issue, Pull
from emulators.github.model.repositories import Repository
from emulators.github.review_places import follow
from emulators.github.service import GitHub
from emulators.github.stale_reviews import dismiss_stale


async def branch_moved(github: GitHub, repo: Repository, branch: str, before: str, after: str, sender: Account) -> None:
    """A branch went from `before` to `after` (`ABSENT`: it was made or deleted)."""
    for base in list(github.store.repositories.values()):
        for issue in base.pulls():
            pull = issue.pull
            if pull is None or issue.state != "open":
                continue
            if base is repo and pull.base_ref == branch:
                await _base_moved(github, base, issue, pull, after, sender)
            elif (pull.fork or base) is repo and pull.head_ref == branch:
                await _head_moved(github, base, issue, pull, before, after, sender)


async def show_head(repo: Repository, issue: Issue, pull: Pull) -> None:
    """`refs/pull/N/head`, with the commits that it leads to, which come from the fork if there is one."""
    if pull.fork:
        await repo.git.take(pull.fork.git, pull.head_sha)
    await repo.git.update_ref(f"refs/pull/{issue.number}/head", pull.head_sha)


async def _base_moved(github: GitHub, repo: Repository, issue: Issue, pull: Pull, after: str, sender: Account) -> None:
    if after == ABSENT:
        await close(github, repo, issue, sender)
        return
    pull.base_sha = after
    await follow(repo, pull)
    if await repo.git.is_ancestor(pull.head_sha, after):
        await _merged_by_push(github, repo, issue, pull, sender)


async def _head_moved(
    github: GitHub, repo: Repository, issue: Issue, pull: Pull, before: str, after: str, sender: Account
) -> None:
    if after == ABSENT:
        await close(github, repo, issue, sender)
        return
    pull.head_sha = after
    await show_head(repo, issue, pull)
    await follow(repo, pull)
    issue.updated_at = now()
    if await repo.git.is_ancestor(after, pull.base_sha):
        await _merged_by_push(github, repo, issue, pull, sender)
        return
    await dismiss_stale(github, repo, issue, pull, before, sender)
    facts = await github.pull_facts(repo, issue)
    github.announce.pull_request("synchronize", repo, issue, facts, sender, before=before, after=after)


async def _merged_by_push(github: GitHub, repo: Repository, issue: Issue, pull: Pull, sender: Account) -> None:
    """A pull request whose head is in its base counts as merged.
    https://docs.github.com/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges#indirect-merges
    """
    pull.merged_at, pull.merged_by, pull.merge_commit_sha = now(), sender, pull.head_sha
    record(github, issue, "merged", sender, commit_id=pull.head_sha)
    await close(github, repo, issue, sender)
