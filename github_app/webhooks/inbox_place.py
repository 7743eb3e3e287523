"""An event's place in the inbox: the key under which it counts once, and the line in which it waits its turn. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from github_app.commands.all_verbs import all_verbs, is_urgent
from github_app.domain.ask import Ask, By
from github_app.webhooks.asks import (
    SAID_BY,
    Press,
)
from github_app.webhooks.events import Event, Ignored


@dataclass(frozen=True)
class Line:
    """Where an event waits its turn: behind what came before it in its repository and thread, or ahead of all when urgent."""

    repository_id: int
    thread: int | None
    urgent: bool


def domain_key(event: Event) -> str | None:
    """A key that is the same whenever the same thing was asked, under whatever delivery id it arrives.

    Two hooks on one event, or a redelivery made by hand, carry different ids for one request. None for what is not stored.
    """
    match event:
        case Ask():
            return key_of(event)
        case Press(where, button, By.BUTTON, check_run_id, job_id):
            # Whose press it was counts: one by somebody who may not ask must not use up the button for those who may.
            return f"{button}/{where.repository.id}/{job_id}/{check_run_id}/{where.sender.id}"
        case Press():
            return None  # the suite is one and the same at every press: only the delivery tells two presses apart
        case Ignored():
            return None


def key_of(ask: Ask) -> str:
    """What was said in one comment or in one review counts once; what else is said is a moment of its thread."""
    repository, origin, thread = ask.target.repository.id, ask.origin, ask.target.thread
    edited = "/edited" if origin.said_otherwise else ""
    match origin.by:
        case By.COMMENT:
            return f"comment/{repository}/{origin.id}/{origin.at}{edited}"
        case By.REVIEW:
            return f"review/{repository}/{origin.review}{edited}"
        case By.LABEL:
            also = "" if ask.command.verb == "do" else f"/{ask.command.verb}"
            return f"label/{repository}/{thread}/{origin.at}{also}"
        case By.CLOSE:
            return f"closed/{repository}/{thread}/{origin.at}"
        case _:
            return f"{origin.by.value}/{repository}/{thread}/{origin.at}"


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
