"""An issue leaves its repository: for another one of the same owner, or for good.

https://docs.github.com/issues/tracking-your-work-with-issues/transferring-an-issue-to-another-repository
https://docs.github.com/issues/tracking-your-work-with-issues/deleting-an-issue
"""

from __future__ import annotations

from emulators.github.changes import find_label, record
from emulators.github.errors import unprocessable
from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Issue
from emulators.github.model.gone import Deleted, Transferred
from emulators.github.model.repositories import Repository
from emulators.github.service import GitHub
from emulators.github.shapes.discussions import issue_as_told
from emulators.github.shapes.repositories import repository as repository_shape


def transfer(github: GitHub, repo: Repository, issue: Issue, target: Repository, sender: Account) -> Issue:
    """Text, comments and who is assigned go along, and labels that the other repository has too; the number is a new one.
    Raises Refused 422 where GitHub does not transfer."""
    if issue.pull or target.owner is not repo.owner or (repo.private and not target.private):
        raise unprocessable("Issues can be transferred between repositories of one owner, and not from a private to a public.")
    before = issue_as_told(github.at, repo, issue)
    number = issue.number
    del repo.issues[number]
    issue.id, issue.number = github.store.new_id("issue"), target.next_number
    issue.labels = [found for label in issue.labels if (found := find_label(target, label.name))]
    target.issues[issue.number] = issue
    repo.gone[number] = Transferred(target, issue.number)
    record(github, issue, "transferred", sender)
    after = issue_as_told(github.at, target, issue)
    changes = {"new_issue": after, "new_repository": repository_shape(github.at, target)}
    github.announce.send("issues", repo, sender, {"action": "transferred", "issue": before, "changes": changes})
    opened = {"old_issue": before, "old_repository": repository_shape(github.at, repo)}
    github.announce.send("issues", target, sender, {"action": "opened", "issue": after, "changes": opened})
    return issue


def delete(github: GitHub, repo: Repository, issue: Issue, sender: Account) -> None:
    """Only issues can be deleted, not pull requests. Raises Refused 422."""
    if issue.pull:
        raise unprocessable("Pull requests can not be deleted.")
    del repo.issues[issue.number]
    repo.gone[issue.number] = Deleted()
    github.announce.send("issues", repo, sender, {"action": "deleted", "issue": issue_as_told(github.at, repo, issue)})
