"""A delivery becomes one of a small closed set of events; what Harvest doesn't act on becomes `Ignored(reason)`. Pure.

`app.yml` subscribes to exactly the event names in HANDLED_EVENTS; a test holds the two against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard

from github_app.commands.grammar import Command, Stop, parse_command
from github_app.domain.buttons import Button
from github_app.webhooks.payloads import Account, Comment, Issue, Payload, Repository

HANDLED_EVENTS = ("check_run", "check_suite", "issue_comment", "issues", "pull_request")


@dataclass(frozen=True)
class Where:
    """What every event has: the installation, the repository, and who caused it."""

    installation_id: int
    repository: Repository
    sender: Account


@dataclass(frozen=True)
class Labelled:
    """The label was put on an issue: "do what this issue says". When the text was edited since, it is not what was meant."""

    where: Where
    issue: Issue
    text_edited_since: bool = False


@dataclass(frozen=True)
class Unlabelled:
    """The label was taken off: what has not started yet is withdrawn."""

    where: Where
    issue: Issue


@dataclass(frozen=True)
class Commanded:
    """A comment under an issue or a pull request began with the command word. When it was edited since, it may have been
    written otherwise."""

    where: Where
    issue: Issue
    comment: Comment
    command: Command
    text_edited_since: bool = False


@dataclass(frozen=True)
class Closed:
    """The issue or pull request was closed: whatever runs for it stops."""

    where: Where
    number: int
    updated_at: str


@dataclass(frozen=True)
class Pressed:
    """Someone pressed a button on one of our check runs, or asked for it to be run again."""

    where: Where
    button: Button
    job_id: str
    check_run_id: int


@dataclass(frozen=True)
class RerunAll:
    """Someone pressed "Re-run all checks" on a commit; `suite_id` names the press."""

    where: Where
    head_sha: str
    suite_id: int


@dataclass(frozen=True)
class Ignored:
    """Nothing to do, and why."""

    reason: str


Event = Labelled | Unlabelled | Commanded | Closed | Pressed | RerunAll | Ignored


@dataclass(frozen=True)
class Line:
    """Where an event waits its turn: behind what came before it in its repository and thread, or ahead of all when urgent."""

    repository_id: int
    thread: int | None
    urgent: bool


@dataclass(frozen=True)
class Triggers:
    """What makes Harvest act: the label, the command word, and our own App's id (its own events are dropped first)."""

    label: str
    command: str
    app_id: int


def read_event(name: str, payload: Payload, triggers: Triggers) -> Event:
    """The event in a delivery; `name` is the X-GitHub-Event header."""
    if name not in HANDLED_EVENTS:
        return Ignored(f"{name} is not an event that Harvest acts on")
    action = payload.action
    if payload.installation is None:
        return Ignored(f"{name}.{action} names no installation: is the webhook the App's own?")
    if payload.repository is None:
        return Ignored(f"{name}.{action} names no repository")
    if payload.sender is None:
        return Ignored(f"{name}.{action} names no sender, so nobody can be asked for their permission")
    if payload.repository.archived:
        return Ignored(f"{payload.repository.full_name} is archived")
    where = Where(payload.installation.id, payload.repository, payload.sender)
    match name:
        case "issues":
            return _read_issue_event(payload, where, triggers)
        case "issue_comment":
            return _read_comment_event(payload, where, triggers)
        case "pull_request":
            if action == "closed" and payload.pull_request is not None:
                return Closed(where, payload.pull_request.number, payload.pull_request.updated_at)
            return Ignored(f"pull_request.{action} is not acted on")
        case "check_suite":
            return _read_check_suite_event(payload, where, triggers)
        case _:
            return _read_check_run_event(payload, where, triggers)


def _read_issue_event(payload: Payload, where: Where, triggers: Triggers) -> Event:
    issue, action = payload.issue, payload.action
    if issue is None:
        return Ignored(f"issues.{action} names no issue")
    if action == "closed":
        return Closed(where, issue.number, issue.updated_at)
    if action not in ("labeled", "unlabeled"):
        return Ignored(f"issues.{action} is not acted on")
    if payload.label is None or payload.label.name.casefold() != triggers.label.casefold():
        return Ignored(f"the label is not {triggers.label}")
    if action == "unlabeled":
        return Unlabelled(where, issue)
    if issue.state != "open":
        return Ignored("the issue is not open")
    return Labelled(where, issue, payload.text_edited_since)


def _read_comment_event(payload: Payload, where: Where, triggers: Triggers) -> Event:
    if payload.action != "created":
        return Ignored(f"issue_comment.{payload.action} is not acted on: a command counts when it is written")
    if payload.issue is None or payload.comment is None:
        return Ignored("issue_comment.created names no issue or no comment")
    command = parse_command(payload.comment.body or "", triggers.command)
    if command is None:
        return Ignored(f"the comment does not begin with {triggers.command}")
    return Commanded(where, payload.issue, payload.comment, command, payload.text_edited_since)


def _read_check_run_event(payload: Payload, where: Where, triggers: Triggers) -> Event:
    check_run, action = payload.check_run, payload.action
    if check_run is None or check_run.app is None or check_run.app.id != triggers.app_id or not check_run.external_id:
        return Ignored("the check run is not one of Harvest's")
    if action == "rerequested":
        return Pressed(where, Button.RETRY, check_run.external_id, check_run.id)
    if action == "requested_action" and payload.requested_action is not None:
        identifier = payload.requested_action.identifier
        if identifier in list(Button):
            return Pressed(where, Button(identifier), check_run.external_id, check_run.id)
        return Ignored(f"no button is called {identifier[:20]!r}")
    return Ignored(f"check_run.{action} is not acted on")


def _read_check_suite_event(payload: Payload, where: Where, triggers: Triggers) -> Event:
    suite = payload.check_suite
    if suite is None or suite.app is None or suite.app.id != triggers.app_id:
        return Ignored("the check suite is not Harvest's")
    if payload.action != "rerequested":
        return Ignored(f"check_suite.{payload.action} is not acted on")
    return RerunAll(where, suite.head_sha, suite.id)


def domain_key(event: Event) -> str | None:
    """A key that is the same whenever the same thing was asked, under whatever delivery id it arrives.

    Two hooks on one event, or a redelivery made by hand, carry different ids for one request. None for what is not stored.
    """
    match event:
        case Labelled(where, issue, _):
            return f"label/{where.repository.id}/{issue.number}/{issue.updated_at}"
        case Unlabelled(where, issue):
            return f"unlabel/{where.repository.id}/{issue.number}/{issue.updated_at}"
        case Commanded(where, _, comment, _):
            return f"comment/{where.repository.id}/{comment.id}/{comment.created_at}"
        case Closed(where, number, updated_at):
            return f"closed/{where.repository.id}/{number}/{updated_at}"
        case Pressed(where, button, job_id, check_run_id):
            # Whose press it was counts: one by somebody who may not ask must not use up the button for those who may.
            return f"{button}/{where.repository.id}/{job_id}/{check_run_id}/{where.sender.id}"
        case RerunAll():
            return None  # the suite is one and the same at every press: only the delivery tells two presses apart
        case Ignored():
            return None


def asks(event: Event) -> TypeGuard[Labelled | Commanded]:
    """Whether anybody can cause it, and as often as they like."""
    return isinstance(event, Labelled | Commanded)


def line_of(event: Event) -> Line:
    """What stops something overtakes, so that nobody can hold it back by asking for a lot. Buttons belong to a job, not yet
    to a thread."""
    match event:
        case Labelled(where, issue) | Unlabelled(where, issue):
            return Line(where.repository.id, issue.number, urgent=False)
        case Commanded(where, issue, _, command):
            return Line(where.repository.id, issue.number, urgent=isinstance(command, Stop))
        case Closed(where, number, _):
            return Line(where.repository.id, number, urgent=True)
        case Pressed(where, button, _, _):
            return Line(where.repository.id, None, urgent=button is Button.STOP)
        case RerunAll(where, _, _):
            return Line(where.repository.id, None, urgent=False)
        case Ignored():
            return Line(0, None, urgent=False)
