"""Who works on an issue or a pull request: each change of it is one event for one person.

https://docs.github.com/issues/tracking-your-work-with-issues/assigning-issues-and-pull-requests-to-other-github-users
"""

from __future__ import annotations

from collections.abc import Sequence

from emulators.github.changes import announce, record
from emulators.github.clock import now
from emulators.github.model.accounts import Account, at_least
from emulators.github.model.discussions import Issue
from emulators.github.model.repositories import Repository
from emulators.github.service import GitHub
from emulators.github.shapes.accounts import simple_user

# "You can assign up to 10 people to each issue or pull request." https://docs.github.com/rest/issues/assignees
MAX_ASSIGNEES = 10


def can_be_assigned(repo: Repository, account: Account, issue: Issue | None = None) -> bool:
    """Collaborators of the repository, and who has commented on this issue."""
    if account.type == "Organization":
        return False
    if at_least(repo.role_given_to(account), "read"):
        return True
    return issue is not None and any(comment.author is account for comment in issue.comments)


async def assign(github: GitHub, repo: Repository, issue: Issue, accounts: Sequence[Account], sender: Account) -> None:
    """Besides those who are assigned already; nobody twice, and no more than ten."""
    for account in accounts:
        if account not in issue.assignees and len(issue.assignees) < MAX_ASSIGNEES:
            issue.assignees.append(account)
            await _told(github, "assigned", repo, issue, account, sender)


async def unassign(github: GitHub, repo: Repository, issue: Issue, accounts: Sequence[Account], sender: Account) -> None:
    for account in accounts:
        if account in issue.assignees:
            issue.assignees.remove(account)
            await _told(github, "unassigned", repo, issue, account, sender)


async def _told(github: GitHub, action: str, repo: Repository, issue: Issue, account: Account, sender: Account) -> None:
    issue.updated_at = now()
    record(github, issue, action, sender, about=account)
    await announce(github, action, repo, issue, sender, assignee=simple_user(github.at, account))
