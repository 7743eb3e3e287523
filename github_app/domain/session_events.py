"""What Harvest itself writes into a session's log, beside what the agent did: a closed set of events. Values only.

Each has a key, under which it is in the log once for its job, however often it is appended. A field may be added with a
default; none is renamed, and no event comes to mean something else.
"""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from github_app.domain.screenshot import Moment, Stamp
from state.jobs import Outcome
from state.session_log import LogEntry, NewEntry


class Event(msgspec.Struct, frozen=True, tag_field="event"):
    """`key` tells it from the others of its job."""

    @property
    def key(self) -> str:
        """Its kind alone, for what happens to a job once."""
        return str(self.__struct_config__.tag)


class Queued(Event, frozen=True, tag="queued"):
    """It was asked for, and `ahead` jobs of the session come first."""

    asked_by: str
    ahead: int


class Started(Event, frozen=True, tag="started"):
    """Its turn has come."""


class StepEntered(Event, frozen=True, tag="step_entered"):
    """`sandbox` is the number of the job's sandbox that the step works in, from 1, and 0 for none."""

    step: str
    sandbox: int

    @property
    def key(self) -> str:
        return f"step/{self.step}/{self.sandbox}"


class StopAsked(Event, frozen=True, tag="stop_asked"):
    """`why` is a StopReason, `by` the login of who asked."""

    by: str
    why: str


class Steered(Event, frozen=True, tag="steered"):
    """Somebody says this to the agent at work. `message_id` is the same however often it is handed over; `thread` and `inline`
    are where it was said, and `material` what was said with it, as in an ask."""

    message_id: str
    by: str
    text: str
    thread: int
    inline: int = 0
    material: str = ""

    @property
    def key(self) -> str:
        return f"steered/{self.message_id}"


class SteeringTaken(Event, frozen=True, tag="steering_taken"):
    """The agent's turn has taken it."""

    message_id: str

    @property
    def key(self) -> str:
        return f"steering_taken/{self.message_id}"


class ToolUsed(Event, frozen=True, tag="tool_used"):
    """The agent called a tool of a server, for the `number`th time in its job. `arguments` are JSON without secrets, cut where
    they are long; `characters` is how much came back, `dollars` what the call counts as. `problem` says in a few words why it
    brought nothing, empty when it did."""

    server: str
    number: int
    tool: str
    arguments: str
    seconds: float
    characters: int
    dollars: float = 0.0
    problem: str = ""

    @property
    def key(self) -> str:
        return f"tool_used/{self.server}/{self.number}"


class Recalled(Event, frozen=True, tag="recalled"):
    """The agent searched memory, and was told the entries of these numbers."""

    numbers: tuple[int, ...]

    @property
    def key(self) -> str:
        return f"recalled/{','.join(map(str, self.numbers))}"


class ScreenshotAttached(Event, frozen=True, tag="screenshot_attached"):
    """The agent attached a picture, which is among the artifacts under `artifact`, drawn anew. `caption` is the agent's."""

    artifact: str
    format: str
    caption: str
    moment: Moment
    stamp: Stamp

    @property
    def key(self) -> str:
        return f"screenshot_attached/{self.artifact}"


class Pushed(Event, frozen=True, tag="pushed"):
    """The job's branch is at this commit on GitHub."""

    sha: str


class PullRequestShown(Event, frozen=True, tag="pull_request_shown"):
    """This pull request shows the pushed commit."""

    number: int


class Ended(Event, frozen=True, tag="ended"):
    """How it ends is known, and is to be told."""

    outcome: Outcome


class Replied(Event, frozen=True, tag="replied"):
    """The surface shows the session as it was at the log's entry numbered `up_to`."""

    surface: str
    up_to: int

    @property
    def key(self) -> str:
        return f"replied/{self.surface}/{self.up_to}"


class ReplyRefused(Event, frozen=True, tag="reply_refused"):
    """GitHub lets nobody write to the surface what is to stand there as of the entry numbered `up_to`. `problem` is the kind
    of failure (`github_app/github/failures.py`), `request` what was asked."""

    surface: str
    up_to: int
    problem: str
    request: str
    reason: str
    status: int | None

    @property
    def key(self) -> str:
        return f"reply_refused/{self.surface}/{self.up_to}"


HarvestEvent = (
    Queued
    | Started
    | StepEntered
    | StopAsked
    | Steered
    | SteeringTaken
    | ToolUsed
    | Recalled
    | ScreenshotAttached
    | Pushed
    | PullRequestShown
    | Ended
    | Replied
    | ReplyRefused
)
KINDS = frozenset(str(kind.__struct_config__.tag) for kind in get_args(HarvestEvent))


def entry_of(event: HarvestEvent) -> NewEntry:
    """The event as it is appended."""
    body: dict[str, Any] = msgspec.to_builtins(event)
    return NewEntry(body["event"], event.key, body)


def event_in(entry: LogEntry) -> HarvestEvent | None:
    """The event that an entry holds; None for one of the agent's, or of a kind that a newer Harvest has written."""
    return msgspec.convert(entry.body, HarvestEvent) if entry.kind in KINDS else None
