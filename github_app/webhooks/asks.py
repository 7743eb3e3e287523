"""Label, comment, button and re-run each become an ask, here and nowhere else. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from github_app.commands.parser import Said
from github_app.domain.ask import Account, Ask, By, Command, Origin, Place, Target
from github_app.domain.ask import Repository as AskedRepository
from github_app.domain.buttons import Button
from github_app.webhooks.payloads import Comment, Issue, Repository

# What a button says. Its own description tells people that what is done is kept.
SAID_BY = {Button.STOP: Command("stop", "and keep"), Button.RETRY: Command("retry")}


@dataclass(frozen=True)
class Where:
    """What every event has: the installation, the repository, and who caused it."""

    installation_id: int
    repository: Repository
    sender: Account


@dataclass(frozen=True)
class Press:
    """A button on one of our check runs was pressed, or GitHub was asked to run it again. It belongs to the job of that id, or
    to the last one that reported on the commit `head_sha`. `id` is that of the check run or suite on which it was pressed."""

    where: Where
    button: Button
    by: By
    id: int
    job_id: str = ""
    head_sha: str = ""


def by_label(where: Where, issue: Issue, *, text_edited_since: bool) -> Ask:
    """The label was put on an issue: "do what this issue says"."""
    origin = Origin(By.LABEL, issue.id, issue.updated_at, text_edited_since=text_edited_since)
    return Ask(Command("do"), origin, where.sender, on_issue(where, issue))


def by_unlabel(where: Where, issue: Issue) -> Ask:
    """The label was taken off."""
    origin = Origin(By.UNLABEL, issue.id, issue.updated_at)
    return Ask(Command("withdraw"), origin, where.sender, on_issue(where, issue))


def by_comment(where: Where, issue: Issue, comment: Comment, said: Said, *, text_edited_since: bool) -> Ask:
    """A comment under an issue or a pull request said one command or more."""
    origin = Origin(By.COMMENT, comment.id, comment.created_at, text_edited_since=text_edited_since)
    first, *others = said.commands
    return Ask(first, origin, where.sender, on_issue(where, issue), said.above, tuple(others))


def by_close(where: Where, place: Place, id: int, number: int, updated_at: str) -> Ask:
    """The issue or pull request of that id and number was closed."""
    target = Target(where.installation_id, repository_of(where), number, place)
    return Ask(Command("close"), Origin(By.CLOSE, id, updated_at), where.sender, target)


def by_press(press: Press, job_id: str, asked: Ask) -> Ask:
    """A button of that job was pressed; `asked` is what the job had been asked. It is about the same thread, as of then; a
    pull request's head counts as it is now."""
    where = press.where
    target = msgspec.structs.replace(
        asked.target, installation_id=where.installation_id, repository=repository_of(where), pull=None
    )
    return Ask(SAID_BY[press.button], Origin(press.by, press.id, asked.origin.at, job_id), where.sender, target)


def on_issue(where: Where, issue: Issue) -> Target:
    return Target(
        installation_id=where.installation_id,
        repository=repository_of(where),
        thread=issue.number,
        place="issue" if issue.pull_request is None else "pull",
        title=issue.title,
        body=issue.body or "",
        author=issue.user.login if issue.user is not None else "",
    )


def repository_of(where: Where) -> AskedRepository:
    repository = where.repository
    return AskedRepository(repository.id, repository.full_name, repository.default_branch, repository.size)
