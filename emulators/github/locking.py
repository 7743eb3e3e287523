"""Locking a conversation, and turning an issue into a discussion, which ends in a lock.

https://docs.github.com/communities/moderating-comments-and-conversations/locking-conversations
"""

from __future__ import annotations

from emulators.github.changes import announce, close, record
from emulators.github.clock import now
from emulators.github.errors import Refused
from emulators.github.model.accounts import Account, at_least
from emulators.github.model.discussions import Issue, LockReason
from emulators.github.model.repositories import Repository
from emulators.github.service import GitHub

_URL = "https://docs.github.com/articles/locking-conversations/"


def require_unlocked(repo: Repository, issue: Issue, account: Account, doing: str) -> None:
    """In a locked conversation only people who may write speak. An App is none of them. Raises 403."""
    if issue.locked and not at_least(repo.role_given_to(account), "write"):
        raise Refused(403, f"Unable to {doing} because issue is locked.", documentation_url=_URL)


async def lock(github: GitHub, repo: Repository, issue: Issue, sender: Account, reason: LockReason | None) -> None:
    issue.locked, issue.lock_reason, issue.updated_at = True, reason, now()
    record(github, issue, "locked", sender, lock_reason=reason)
    await announce(github, "locked", repo, issue, sender)


async def unlock(github: GitHub, repo: Repository, issue: Issue, sender: Account) -> None:
    if not issue.locked:
        return
    issue.locked, issue.lock_reason, issue.updated_at = False, None, now()
    record(github, issue, "unlocked", sender)
    await announce(github, "unlocked", repo, issue, sender)


async def convert_to_discussion(github: GitHub, repo: Repository, issue: Issue, sender: Account) -> None:
    """The issue stays, closed and locked; what is said in the discussion is said outside of the issues API.
    https://docs.github.com/discussions/managing-discussions-for-your-community/moderating-discussions#converting-an-issue-to-a-discussion
    """
    record(github, issue, "converted_to_discussion", sender)
    await close(github, repo, issue, sender)
    await lock(github, repo, issue, sender, None)
