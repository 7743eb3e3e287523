"""Reviews of a pull request: what somebody says of all of it, and threads about lines of its difference."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from emulators.github.model.accounts import Account
from emulators.github.model.reactions import Reaction

ReviewState = Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "PENDING", "DISMISSED"]
# Left are the lines of before, right those of after.
Side = Literal["LEFT", "RIGHT"]


@dataclass(eq=False)
class Review:
    """`submitted_at` is None while it is pending: until then only its author sees it and what belongs to it."""

    id: int
    author: Account
    body: str
    state: ReviewState
    commit_id: str
    created_at: datetime
    submitted_at: datetime | None = None
    last_edited_at: datetime | None = None
    minimized: str | None = None


@dataclass(frozen=True)
class Place:
    """Where in a file's difference something stands: the (last) line of it on its side, the first one when it is about
    several, and the position, which counts lines down from the file's first `@@`."""

    line: int
    position: int
    start_line: int | None = None


@dataclass(eq=False)
class ReviewThread:
    """What is said about one place. `original` is where it began, `place` where that is at `commit_id` now; both are None for
    a thread about a whole file. It is outdated when later commits have rewritten its lines."""

    id: int
    path: str
    side: Side
    start_side: Side | None
    original_commit_id: str
    original_base: str
    original: Place | None
    diff_hunk: str
    commit_id: str
    place: Place | None
    outdated: bool = False
    resolved_by: Account | None = None
    comments: list[ReviewComment] = field(default_factory=list, repr=False)

    @property
    def subject_type(self) -> Literal["line", "file"]:
        return "line" if self.original else "file"


@dataclass(eq=False)
class ReviewComment:
    """One thing said in a thread, as a part of a review. Replies answer their thread's first comment, whichever was meant."""

    id: int
    author: Account
    body: str
    created_at: datetime
    updated_at: datetime
    review: Review
    thread: ReviewThread = field(repr=False)
    in_reply_to: int | None = None
    last_edited_at: datetime | None = None
    minimized: str | None = None
    reactions: list[Reaction] = field(default_factory=list)

    @property
    def pending(self) -> bool:
        return self.review.submitted_at is None
