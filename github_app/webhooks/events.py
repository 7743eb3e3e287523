"""A delivery becomes an ask, a button that was pressed, or nothing to do, with a reason. Pure.

`app.yml` subscribes to exactly the event names in HANDLED_EVENTS; a test holds the two against each other.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard

from github_app.commands.all_verbs import grammar
from github_app.commands.labels import command_of
from github_app.commands.parser import Said, parse
from github_app.domain.ask import Ask, By
from github_app.domain.buttons import Button
from github_app.publish.push import PLAN_BRANCHES
from github_app.webhooks.asks import (
    Press,
    Where,
    by_approval,
    by_assignment,
    by_close,
    by_comment,
    by_label,
    by_reopen,
    by_review,
    by_review_comment,
    by_unassignment,
    by_unlabel,
)
from github_app.webhooks.payloads import Comment, Payload, PullRequest
from github_app.webhooks.triggers import Triggers

# GitHub's ordinary payloads are smaller, and a comment that is so large is a log that somebody pasted.
LARGE_BYTES = 48 * 1024

# What is edited so soon was meant like that; later, somebody may have acted on what it said.
EDIT_SECONDS = 60

HANDLED_EVENTS = (
    "check_run",
    "check_suite",
    "issue_comment",
    "issues",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "status",
)


@dataclass(frozen=True)
class Ignored:
    """Nothing to do, and why."""

    reason: str


Event = Ask | Press | Ignored


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
    if triggers.login and payload.sender.login == triggers.login:
        return Ignored(f"{name}.{action} is of Harvest's own doing")
    where = Where(payload.installation.id, payload.repository, payload.sender)
    match name:
        case "issues" | "pull_request":
            return _read_thread_event(name, payload, where, triggers)
        case "issue_comment":
            return _read_comment_event(payload, where, triggers)
        case "pull_request_review":
            return _read_review_event(payload, where, triggers)
        case "pull_request_review_comment":
            return _read_review_comment_event(payload, where, triggers)
        case "check_suite":
            return _read_check_suite_event(payload, where, triggers)
        case "push" | "status":
            return Ignored(f"{name} asks for nothing")
        case _:
            return _read_check_run_event(payload, where, triggers)


async def read_beside(name: str, payload: Payload, triggers: Triggers, size_bytes: int) -> Event:
    """The same, beside the event loop where the payload of that size may take long: sixty thousand lines are read in a second,
    and anybody can write them."""
    if size_bytes < LARGE_BYTES:
        return read_event(name, payload, triggers)
    return await asyncio.to_thread(read_event, name, payload, triggers)


def _read_thread_event(name: str, payload: Payload, where: Where, triggers: Triggers) -> Event:
    """What happens to an issue or a pull request itself."""
    on, action = payload.issue if name == "issues" else payload.pull_request, payload.action
    if on is None:
        return Ignored(f"{name}.{action} names no {'issue' if name == 'issues' else 'pull request'}")
    match action:
        case "closed":
            return by_close(where, "issue" if name == "issues" else "pull", on.id, on.number, on.updated_at)
        case "reopened":
            return by_reopen(where, on)
        case "labeled" | "unlabeled":
            command = command_of(payload.label.name, triggers.label) if payload.label is not None else None
            if command is None:
                return Ignored(f"the label is not {triggers.label}")
            if action == "unlabeled":
                return by_unlabel(where, on, command)
            if on.state != "open":
                return Ignored("it is not open")
            return by_label(where, on, command, text_edited_since=payload.text_edited_since)
        case "assigned" | "unassigned":
            if payload.assignee is None or payload.assignee.login != triggers.login:
                return Ignored("it is somebody else's")
            if action == "unassigned":
                return by_unassignment(where, on)
            return by_assignment(where, on) if on.state == "open" else Ignored("it is not open")
        case _:
            return Ignored(f"{name}.{action} is not acted on")


def _read_comment_event(payload: Payload, where: Where, triggers: Triggers) -> Event:
    issue, comment = payload.issue, payload.comment
    if issue is None or comment is None:
        return Ignored(f"issue_comment.{payload.action} names no issue or no comment")
    if payload.action == "edited":
        edit = _edit_of(payload, comment, triggers)
        if isinstance(edit, Ignored):
            return edit
        return by_comment(where, issue, comment, edit.said, text_edited_since=edit.late, said_otherwise=edit.said_otherwise)
    if payload.action != "created":
        return Ignored(f"issue_comment.{payload.action} is not acted on")
    said = parse(comment.body or "", grammar(*triggers.words))
    if not said.commands:
        return _no_command(triggers)
    return by_comment(where, issue, comment, said, text_edited_since=payload.text_edited_since)


def _read_review_event(payload: Payload, where: Where, triggers: Triggers) -> Event:
    """What a review says beside its comments; of what those say, their own events tell."""
    pull, review = payload.pull_request, payload.review
    if pull is None or review is None or payload.action not in ("submitted", "edited"):
        return Ignored(f"pull_request_review.{payload.action} is not acted on: a review counts when it is submitted")
    said = parse(review.body or "", grammar(*triggers.words))
    if payload.action == "edited":
        # However soon: with its comments it may be under way already.
        if not said.commands or said.commands == parse(text_before(payload), grammar(*triggers.words)).commands:
            return Ignored("the edit makes no other command of it")
        return by_review(where, pull, review, said, text_edited_since=True)
    if said.commands:
        return by_review(where, pull, review, said)
    if review.state.lower() == "approved" and review.commit_id and _may_show_a_plan(pull, triggers):
        return by_approval(where, pull, review, review.commit_id)
    return _no_command(triggers)


def _may_show_a_plan(pull: PullRequest, triggers: Triggers) -> bool:
    """Whether Harvest itself opened it from a branch of that kind. Whether it does show one the session knows."""
    ours = pull.user is not None and pull.user.login == triggers.login
    return ours and pull.head is not None and pull.head.ref.startswith(PLAN_BRANCHES)


def _read_review_comment_event(payload: Payload, where: Where, triggers: Triggers) -> Event:
    pull, comment = payload.pull_request, payload.comment
    if pull is None or comment is None or payload.action not in ("created", "edited"):
        return Ignored(f"pull_request_review_comment.{payload.action} is not acted on")
    edit = _edit_of(payload, comment, triggers) if payload.action == "edited" else None
    if isinstance(edit, Ignored):
        return edit
    if edit is not None:
        return by_review_comment(
            where, pull, comment, edit.said, text_edited_since=edit.late, said_otherwise=edit.said_otherwise
        )
    said = parse(comment.body or "", grammar(*triggers.words))
    if not said.commands:
        return _no_command(triggers)
    return by_review_comment(where, pull, comment, said, text_edited_since=False, said_otherwise=False)


@dataclass(frozen=True)
class Edit:
    """A comment that was edited into a command: too `late` to count, or not; `said_otherwise` when it was one before."""

    said: Said
    late: bool
    said_otherwise: bool


def _edit_of(payload: Payload, comment: Comment, triggers: Triggers) -> Edit | Ignored:
    before, said = (parse(text, grammar(*triggers.words)) for text in (text_before(payload), comment.body or ""))
    if not said.commands or said.commands == before.commands:
        return Ignored("the edit makes no other command of it")
    counted = any(command.unclear is None for command in before.commands)
    age = datetime.fromisoformat(comment.updated_at) - datetime.fromisoformat(comment.created_at)
    return Edit(said, counted or age.total_seconds() > EDIT_SECONDS, bool(before.commands))


def text_before(payload: Payload) -> str:
    """What stood there before it was edited."""
    body = payload.changes.body if payload.changes is not None else None
    return (body.text if body is not None else None) or ""


def _no_command(triggers: Triggers) -> Ignored:
    return Ignored(f"no line of it begins with {triggers.command}")


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


def is_by(event: Event, by: By) -> TypeGuard[Ask]:
    """Whether it is an ask that was said like this."""
    return isinstance(event, Ask) and event.origin.by is by


def anybody_can_say(ask: Ask) -> bool:
    """Whether anybody can cause it, and as often as they like."""
    return ask.origin.by in (By.LABEL, By.COMMENT, By.REVIEW, By.ASSIGNMENT)
