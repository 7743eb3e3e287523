"""Label, comment, button and re-run each become an ask, here and nowhere else. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from github_app.commands.parser import Said
from github_app.domain.ask import Account, Ask, By, Command, Origin, Place, Target
from github_app.domain.ask import Repository as AskedRepository
from github_app.domain.buttons import Button
from github_app.webhooks.payloads import Comment, Issue, PullRequest, Repository, Review

# What a button says. Its own description tells people that what is done is kept.
SAID_BY = {
    Button.STOP: Command("stop", "and keep"),
    Button.RETRY: Command("retry"),
    Button.RESUME: Command("resume"),
    Button.APPROVE: Command("approve"),
    Button.REVISE: Command("revise"),
    Button.UNDO: Command("undo"),
    Button.FIX_CI: Command("fix-ci"),
    Button.MEMORY: Command("memory", "approve all"),
}
# What is about the pull request that carries the check run, wherever the job was asked for.
ABOUT_THE_PULL = frozenset({Button.UNDO, Button.FIX_CI})


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


def by_label(where: Where, on: Issue | PullRequest, command: Command, *, text_edited_since: bool) -> Ask:
    """A label was put on: "do what this issue says"."""
    origin = Origin(By.LABEL, on.id, on.updated_at, text_edited_since=text_edited_since)
    return Ask(command, origin, where.sender, target_of(where, on))


def by_unlabel(where: Where, on: Issue | PullRequest, command: Command) -> Ask:
    """The label that says this command was taken off."""
    origin = Origin(By.UNLABEL, on.id, on.updated_at)
    return Ask(Command("withdraw", command.verb), origin, where.sender, target_of(where, on))


def by_assignment(where: Where, on: Issue | PullRequest) -> Ask:
    """It was assigned to the App's own account."""
    return Ask(Command("do"), Origin(By.ASSIGNMENT, on.id, on.updated_at), where.sender, target_of(where, on))


def by_unassignment(where: Where, on: Issue | PullRequest) -> Ask:
    """It is assigned to the App's own account no more."""
    origin = Origin(By.UNASSIGNMENT, on.id, on.updated_at)
    return Ask(Command("withdraw", "do"), origin, where.sender, target_of(where, on))


def by_comment(
    where: Where, issue: Issue, comment: Comment, said: Said, *, text_edited_since: bool, said_otherwise: bool = False
) -> Ask:
    """A comment under an issue or a pull request said one command or more."""
    origin = Origin(
        By.COMMENT,
        comment.id,
        comment.created_at,
        text_edited_since=text_edited_since,
        said_otherwise=said_otherwise,
    )
    return ask_for(said, origin, where, target_of(where, issue))


def by_review(where: Where, pull: PullRequest, review: Review, said: Said, *, text_edited_since: bool = False) -> Ask:
    """What a review itself says. Its comments belong to it, and are not looked at here."""
    origin = Origin(
        By.REVIEW,
        review.id,
        review.submitted_at or pull.updated_at,
        text_edited_since=text_edited_since,
        said_otherwise=text_edited_since,
        review=review.id,
    )
    return ask_for(said, origin, where, target_of(where, pull))


def by_approval(where: Where, pull: PullRequest, review: Review, commit: str) -> Ask:
    """A review approved that commit of a pull request that shows a plan, and says nothing itself."""
    origin = Origin(By.REVIEW, review.id, review.submitted_at or pull.updated_at, review=review.id, commit=commit)
    return Ask(Command("approve"), origin, where.sender, target_of(where, pull), review.body or "")


def by_review_comment(
    where: Where, pull: PullRequest, comment: Comment, said: Said, *, text_edited_since: bool, said_otherwise: bool
) -> Ask:
    """A comment of a review said a command. The others of that review belong to it, and are not looked at here."""
    origin = Origin(
        By.REVIEW,
        comment.id,
        comment.created_at,
        text_edited_since=text_edited_since,
        said_otherwise=said_otherwise,
        review=comment.pull_request_review_id or comment.id,
        inline=comment.in_reply_to_id or comment.id,
    )
    return ask_for(said, origin, where, target_of(where, pull))


def ask_for(said: Said, origin: Origin, where: Where, target: Target) -> Ask:
    first, *others = said.commands
    return Ask(first, origin, where.sender, target, said.above, tuple(others))


def by_close(where: Where, place: Place, id: int, number: int, updated_at: str) -> Ask:
    """The issue or pull request of that id and number was closed."""
    target = Target(where.installation_id, repository_of(where), number, place)
    return Ask(Command("close"), Origin(By.CLOSE, id, updated_at), where.sender, target)


def by_reopen(where: Where, on: Issue | PullRequest) -> Ask:
    """It was opened again."""
    return Ask(Command("reopen"), Origin(By.REOPEN, on.id, on.updated_at), where.sender, target_of(where, on))


def by_press(press: Press, job_id: str, asked: Ask, pull_number: int | None = None) -> Ask:
    """A button of that job was pressed; `asked` is what the job had been asked. It is about the same thread, as of then, or
    about the session's pull request of that number; a pull request's head counts as it is now."""
    where = press.where
    target = msgspec.structs.replace(
        asked.target, installation_id=where.installation_id, repository=repository_of(where), pull=None
    )
    if press.button in ABOUT_THE_PULL and pull_number is not None:
        target = msgspec.structs.replace(target, thread=pull_number, place="pull")
    return Ask(SAID_BY[press.button], Origin(press.by, press.id, asked.origin.at, job_id), where.sender, target)


def target_of(where: Where, on: Issue | PullRequest) -> Target:
    is_pull = isinstance(on, PullRequest) or on.pull_request is not None
    return Target(
        installation_id=where.installation_id,
        repository=repository_of(where),
        thread=on.number,
        place="pull" if is_pull else "issue",
        title=on.title,
        body=on.body or "",
        author=on.user.login if on.user is not None else "",
        locked=on.locked,
        comments=on.comments,
    )


def repository_of(where: Where) -> AskedRepository:
    repository = where.repository
    return AskedRepository(repository.id, repository.full_name, repository.default_branch, repository.size)
