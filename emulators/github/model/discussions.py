"""What people and bots say: issues, pull requests, comments and labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from emulators.github.model.accounts import Account
from emulators.github.model.apps import App
from emulators.github.model.auto_merge import AutoMerge
from emulators.github.model.notifications import Subscription
from emulators.github.model.reactions import Reaction
from emulators.github.model.reviews import Review, ReviewComment, ReviewState, ReviewThread
from emulators.github.model.teams import Team

if TYPE_CHECKING:
    from emulators.github.model.repositories import Repository

LockReason = Literal["off-topic", "too heated", "resolved", "spam"]

# https://docs.github.com/issues/tracking-your-work-with-issues/linking-a-pull-request-to-an-issue
CLOSING_KEYWORDS = ("close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved")


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
    last_edited_at: datetime | None = None
    minimized: str | None = None
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
    auto_merge: AutoMerge | None = None
    reviews: list[Review] = field(default_factory=list)
    threads: list[ReviewThread] = field(default_factory=list)
    requested_reviewers: list[Account] = field(default_factory=list)
    requested_teams: list[Team] = field(default_factory=list)

    @property
    def review_comments(self) -> list[ReviewComment]:
        """What is said in all threads, oldest first, with what is still pending."""
        return sorted((comment for thread in self.threads for comment in thread.comments), key=lambda one: one.id)

    def answered_by(self, reviewer: Account) -> None:
        """Who reviews is asked no longer, nor are the teams that they answer for."""
        self.requested_reviewers = [one for one in self.requested_reviewers if one is not reviewer]
        self.requested_teams = [one for one in self.requested_teams if reviewer.id not in one.members]

    def pending_review_of(self, account: Account) -> Review | None:
        """There is one for each person at most."""
        return next((one for one in self.reviews if one.author is account and one.state == "PENDING"), None)


@dataclass(frozen=True)
class Dismissal:
    """What a review was, and why it no longer counts: in somebody's words, or because of a commit."""

    review: Review
    state: ReviewState
    message: str | None
    commit_id: str | None = None


@dataclass(eq=False)
class IssueEvent:
    """One line of an issue's history. `about` is who was assigned or asked for a review, or no longer; `dismissed` is the
    review that no longer counts, with what it was and why."""

    id: int
    event: str
    actor: Account
    created_at: datetime
    label: Label | None = None
    rename: tuple[str, str] | None = None
    commit_id: str | None = None
    about: Account | Team | None = None
    dismissed: Dismissal | None = None
    lock_reason: LockReason | None = None


@dataclass(frozen=True)
class CrossReference:
    """Another issue whose text, or a comment under it, refers to this one. Its id is one of events."""

    id: int
    repo: Repository
    issue: Issue
    actor: Account
    created_at: datetime


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
    lock_reason: LockReason | None = None
    labels: list[Label] = field(default_factory=list)
    assignees: list[Account] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    events: list[IssueEvent] = field(default_factory=list)
    references: list[CrossReference] = field(default_factory=list)
    subscriptions: dict[int, Subscription] = field(default_factory=dict)
    sub_issues: list[Issue] = field(default_factory=list)
    pull: Pull | None = None
