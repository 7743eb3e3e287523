"""What people and bots say: issues, pull requests, comments, reviews, labels and reactions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from emulators.github.model.accounts import Account
from emulators.github.model.apps import App

if TYPE_CHECKING:
    from emulators.github.model.repositories import Repository

ReactionContent = Literal["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"]
REACTIONS: tuple[ReactionContent, ...] = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")

# https://docs.github.com/issues/tracking-your-work-with-issues/linking-a-pull-request-to-an-issue
CLOSING_KEYWORDS = ("close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved")


@dataclass(eq=False)
class Reaction:
    id: int
    user: Account
    content: ReactionContent
    created_at: datetime


@dataclass(eq=False)
class Label:
    id: int
    name: str
    color: str
    description: str | None = None
    default: bool = False


@dataclass(eq=False)
class Comment:
    """A comment under an issue or a pull request. `via_app` is the App whose token wrote it."""

    id: int
    body: str
    author: Account
    created_at: datetime
    updated_at: datetime
    via_app: App | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(eq=False)
class Review:
    """A review of a pull request; `submitted_at` is None while it is pending."""

    id: int
    author: Account
    body: str
    state: Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "PENDING", "DISMISSED"]
    commit_id: str
    submitted_at: datetime | None


@dataclass(eq=False)
class ReviewComment:
    """A comment on a line of a pull request's diff."""

    id: int
    review_id: int | None
    author: Account
    body: str
    path: str
    commit_id: str
    diff_hunk: str
    line: int | None
    side: Literal["LEFT", "RIGHT"]
    subject_type: Literal["line", "file"]
    created_at: datetime
    updated_at: datetime
    start_line: int | None = None
    start_side: Literal["LEFT", "RIGHT"] | None = None
    in_reply_to: int | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(eq=False)
class Pull:
    """What makes an issue a pull request. Branches are names without `refs/heads/`, both in the same repository, unless
    `fork` is where the head lives: this one then has a copy of its commits, as GitHub does.
    """

    id: int
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    draft: bool
    maintainer_can_modify: bool
    merged_at: datetime | None = None
    merged_by: Account | None = None
    merge_commit_sha: str | None = None
    fork: Repository | None = None
    reviews: list[Review] = field(default_factory=list)
    review_comments: list[ReviewComment] = field(default_factory=list)
    requested_reviewers: list[Account] = field(default_factory=list)


@dataclass(eq=False)
class IssueEvent:
    """One line of an issue's history: labeled, unlabeled, closed, reopened, renamed, merged."""

    id: int
    event: str
    actor: Account
    created_at: datetime
    label: Label | None = None
    rename: tuple[str, str] | None = None
    commit_id: str | None = None


@dataclass(eq=False)
class Issue:
    """An issue, or a pull request when `pull` is set. `last_edited_at` is when its text last changed; its title has events."""

    id: int
    number: int
    title: str
    body: str | None
    author: Account
    created_at: datetime
    updated_at: datetime
    via_app: App | None = None
    state: Literal["open", "closed"] = "open"
    state_reason: Literal["completed", "not_planned", "reopened", "duplicate"] | None = None
    closed_at: datetime | None = None
    closed_by: Account | None = None
    last_edited_at: datetime | None = None
    locked: bool = False
    labels: list[Label] = field(default_factory=list)
    assignees: list[Account] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    events: list[IssueEvent] = field(default_factory=list)
    pull: Pull | None = None
