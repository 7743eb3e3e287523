"""What happens to issues and pull requests: each change is made, written into the history, and announced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from emulators.github.clock import now
from emulators.github.model.accounts import Account
from emulators.github.model.apps import App
from emulators.github.model.discussions import Comment, Dismissal, Issue, IssueEvent, Label, LockReason, Pull
from emulators.github.model.repositories import Repository
from emulators.github.model.teams import Team
from emulators.github.service import GitHub
from emulators.github.shapes.repositories import label as label_shape

# The colour of a label that is made by being used.
_NEW_LABEL_COLOR = "ededed"

CloseReason = Literal["completed", "not_planned", "duplicate"]


async def announce(github: GitHub, action: str, repo: Repository, issue: Issue, sender: Account, **more: object) -> None:
    """Tell of an issue as `issues`, of a pull request as `pull_request`."""
    if issue.pull:
        github.announce.pull_request(action, repo, issue, await github.pull_facts(repo, issue), sender, **more)
    else:
        github.announce.issues(action, repo, issue, sender, **more)


def open_issue(
    github: GitHub,
    repo: Repository,
    author: Account,
    title: str,
    body: str | None,
    labels: Sequence[str] = (),
    via_app: App | None = None,
) -> Issue:
    """A new issue. Its labels are told of one by one after it, as GitHub does."""
    moment = now()
    issue = Issue(github.store.new_id("issue"), repo.next_number, title, body, author, moment, moment, via_app)
    issue.labels = [find_or_make_label(github, repo, name) for name in labels]
    repo.issues[issue.number] = issue
    github.announce.issues("opened", repo, issue, author)
    for label in issue.labels:
        record(github, issue, "labeled", author, label=label)
        github.announce.issues("labeled", repo, issue, author, label=label_shape(github.at, repo, label))
    return issue


async def add_labels(github: GitHub, repo: Repository, issue: Issue, names: Sequence[str], sender: Account) -> None:
    """Labels that the repository lacks are made; those that the issue has already change nothing."""
    for name in names:
        label = find_or_make_label(github, repo, name)
        if label in issue.labels:
            continue
        issue.labels.append(label)
        issue.updated_at = now()
        record(github, issue, "labeled", sender, label=label)
        await announce(github, "labeled", repo, issue, sender, label=label_shape(github.at, repo, label))


async def remove_label(github: GitHub, repo: Repository, issue: Issue, label: Label, sender: Account) -> None:
    issue.labels.remove(label)
    issue.updated_at = now()
    record(github, issue, "unlabeled", sender, label=label)
    await announce(github, "unlabeled", repo, issue, sender, label=label_shape(github.at, repo, label))


async def close(
    github: GitHub,
    repo: Repository,
    issue: Issue,
    sender: Account,
    reason: CloseReason = "completed",
    commit: str | None = None,
) -> None:
    """Close an open issue or pull request; a closed one is left alone."""
    if issue.state == "closed":
        return
    issue.state, issue.closed_at, issue.closed_by = "closed", now(), sender
    issue.state_reason = None if issue.pull else reason
    issue.updated_at = now()
    record(github, issue, "closed", sender, commit_id=commit)
    await announce(github, "closed", repo, issue, sender)


async def reopen(github: GitHub, repo: Repository, issue: Issue, sender: Account) -> None:
    if issue.state == "open":
        return
    issue.state, issue.closed_at, issue.closed_by = "open", None, None
    issue.state_reason = None if issue.pull else "reopened"
    issue.updated_at = now()
    record(github, issue, "reopened", sender)
    await announce(github, "reopened", repo, issue, sender)


async def set_draft(github: GitHub, repo: Repository, issue: Issue, pull: Pull, draft: bool, sender: Account) -> None:
    """https://docs.github.com/graphql/reference/mutations#convertpullrequesttodraft and #markpullrequestreadyforreview"""
    if pull.draft == draft:
        return
    pull.draft, issue.updated_at = draft, now()
    record(github, issue, "convert_to_draft" if draft else "ready_for_review", sender)
    await announce(github, "converted_to_draft" if draft else "ready_for_review", repo, issue, sender)


async def edit(github: GitHub, repo: Repository, issue: Issue, sender: Account, title: str | None, body: str | None) -> None:
    """Give it another title or text (None: as it is); GitHub tells what stood there before."""
    before: dict[str, dict[str, str]] = {}
    if title is not None and title != issue.title:
        before["title"] = {"from": issue.title}
        record(github, issue, "renamed", sender, rename=(issue.title, title))
        issue.title = title
    if body is not None and body != issue.body:
        before["body"] = {"from": issue.body or ""}
        issue.body = body
        issue.last_edited_at = now()
    if before:
        issue.updated_at = now()
        await announce(github, "edited", repo, issue, sender, changes=before)


def comment(github: GitHub, repo: Repository, issue: Issue, author: Account, body: str, via_app: App | None = None) -> Comment:
    moment = now()
    written = Comment(github.store.new_id("comment"), body, author, moment, moment, via_app)
    issue.comments.append(written)
    issue.updated_at = moment
    github.announce.issue_comment("created", repo, issue, written, author)
    return written


def record(
    github: GitHub,
    issue: Issue,
    event: str,
    actor: Account,
    *,
    label: Label | None = None,
    rename: tuple[str, str] | None = None,
    commit_id: str | None = None,
    about: Account | Team | None = None,
    dismissed: Dismissal | None = None,
    lock_reason: LockReason | None = None,
) -> None:
    """Add a line to an issue's history."""
    number = github.store.new_id("issue_event")
    made = IssueEvent(number, event, actor, now(), label, rename, commit_id, about, dismissed, lock_reason)
    issue.events.append(made)


def find_or_make_label(github: GitHub, repo: Repository, name: str) -> Label:
    """Labels are one whatever their case."""
    found = find_label(repo, name)
    if found is None:
        found = Label(github.store.new_id("label"), name, _NEW_LABEL_COLOR)
        repo.labels[name.lower()] = found
    return found


def find_label(repo: Repository, name: str) -> Label | None:
    return repo.labels.get(name.lower())
