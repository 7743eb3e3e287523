"""A delivery becomes an ask, a button that was pressed, or nothing to do, with a reason. Pure.

`app.yml` subscribes to exactly the event names in HANDLED_EVENTS; a test holds the two against each other.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TypeGuard

from github_app.commands.all_verbs import all_verbs, grammar, is_urgent
from github_app.commands.parser import parse
from github_app.domain.ask import Ask, By
from github_app.domain.buttons import Button
from github_app.webhooks.asks import SAID_BY, Press, Where, by_close, by_comment, by_label, by_unlabel
from github_app.webhooks.payloads import Payload
from github_app.webhooks.triggers import Triggers

# GitHub's ordinary payloads are smaller, and a comment that is so large is a log that somebody pasted.
LARGE_BYTES = 48 * 1024

HANDLED_EVENTS = ("check_run", "check_suite", "issue_comment", "issues", "pull_request")


@dataclass(frozen=True)
class Ignored:
    """Nothing to do, and why."""

    reason: str


Event = Ask | Press | Ignored


@dataclass(frozen=True)
class Line:
    """Where an event waits its turn: behind what came before it in its repository and thread, or ahead of all when urgent."""

    repository_id: int
    thread: int | None
    urgent: bool


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
                pull = payload.pull_request
                return by_close(where, "pull", pull.id, pull.number, pull.updated_at)
            return Ignored(f"pull_request.{action} is not acted on")
        case "check_suite":
            return _read_check_suite_event(payload, where, triggers)
        case _:
            return _read_check_run_event(payload, where, triggers)


async def read_beside(name: str, payload: Payload, triggers: Triggers, size_bytes: int) -> Event:
    """The same, beside the event loop where the payload of that size may take long: sixty thousand lines are read in a second,
    and anybody can write them."""
    if size_bytes < LARGE_BYTES:
        return read_event(name, payload, triggers)
    return await asyncio.to_thread(read_event, name, payload, triggers)


def _read_issue_event(payload: Payload, where: Where, triggers: Triggers) -> Event:
    issue, action = payload.issue, payload.action
    if issue is None:
        return Ignored(f"issues.{action} names no issue")
    if action == "closed":
        return by_close(where, "issue", issue.id, issue.number, issue.updated_at)
    if action not in ("labeled", "unlabeled"):
        return Ignored(f"issues.{action} is not acted on")
    if payload.label is None or payload.label.name.casefold() != triggers.label.casefold():
        return Ignored(f"the label is not {triggers.label}")
    if action == "unlabeled":
        return by_unlabel(where, issue)
    if issue.state != "open":
        return Ignored("the issue is not open")
    return by_label(where, issue, text_edited_since=payload.text_edited_since)


def _read_comment_event(payload: Payload, where: Where, triggers: Triggers) -> Event:
    if payload.action != "created":
        return Ignored(f"issue_comment.{payload.action} is not acted on: a command counts when it is written")
    if payload.issue is None or payload.comment is None:
        return Ignored("issue_comment.created names no issue or no comment")
    said = parse(payload.comment.body or "", grammar(*triggers.words))
    if not said.commands:
        return Ignored(f"no line of the comment begins with {triggers.command}")
    return by_comment(where, payload.issue, payload.comment, said, text_edited_since=payload.text_edited_since)


def _read_check_run_event(payload: Payload, where: Where, triggers: Triggers) -> Event:
    check_run, action = payload.check_run, payload.action
    if check_run is None or check_run.app is None or check_run.app.id != triggers.app_id or not check_run.external_id:
        return Ignored("the check run is not one of Harvest's")
    if action == "rerequested":
        return Press(where, Button.RETRY, By.BUTTON, check_run.id, job_id=check_run.external_id)
    if action == "requested_action" and payload.requested_action is not None:
        identifier = payload.requested_action.identifier
        if identifier in list(Button):
            return Press(where, Button(identifier), By.BUTTON, check_run.id, job_id=check_run.external_id)
        return Ignored(f"no button is called {identifier[:20]!r}")
    return Ignored(f"check_run.{action} is not acted on")


def _read_check_suite_event(payload: Payload, where: Where, triggers: Triggers) -> Event:
    suite = payload.check_suite
    if suite is None or suite.app is None or suite.app.id != triggers.app_id:
        return Ignored("the check suite is not Harvest's")
    if payload.action != "rerequested":
        return Ignored(f"check_suite.{payload.action} is not acted on")
    return Press(where, Button.RETRY, By.RERUN, suite.id, head_sha=suite.head_sha)


def domain_key(event: Event) -> str | None:
    """A key that is the same whenever the same thing was asked, under whatever delivery id it arrives.

    Two hooks on one event, or a redelivery made by hand, carry different ids for one request. None for what is not stored.
    """
    match event:
        case Ask():
            repository, origin = event.target.repository.id, event.origin
            # A comment has a number of its own; the others are moments of their thread.
            number = origin.id if origin.by is By.COMMENT else event.target.thread
            return f"{KEY_OF[origin.by]}/{repository}/{number}/{origin.at}"
        case Press(where, button, By.BUTTON, check_run_id, job_id):
            # Whose press it was counts: one by somebody who may not ask must not use up the button for those who may.
            return f"{button}/{where.repository.id}/{job_id}/{check_run_id}/{where.sender.id}"
        case Press():
            return None  # the suite is one and the same at every press: only the delivery tells two presses apart
        case Ignored():
            return None


KEY_OF = {By.LABEL: "label", By.UNLABEL: "unlabel", By.COMMENT: "comment", By.CLOSE: "closed"}


def is_by(event: Event, by: By) -> TypeGuard[Ask]:
    """Whether it is an ask that was said like this."""
    return isinstance(event, Ask) and event.origin.by is by


def anybody_can_say(ask: Ask) -> bool:
    """Whether anybody can cause it, and as often as they like."""
    return ask.origin.by in (By.LABEL, By.COMMENT)


def line_of(event: Event) -> Line:
    """What stops something overtakes, so that nobody can hold it back by asking for a lot. Buttons belong to a job, not yet
    to a thread."""
    match event:
        case Ask():
            return Line(event.target.repository.id, event.target.thread, urgent=is_urgent(event))
        case Press():
            return Line(event.where.repository.id, None, urgent=all_verbs()[SAID_BY[event.button].verb].urgent)
        case Ignored():
            return Line(0, None, urgent=False)
