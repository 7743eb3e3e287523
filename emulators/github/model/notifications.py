"""Who follows what, and what they were told. https://docs.github.com/account-and-profile/managing-subscriptions-and-notifications-on-github/setting-up-notifications/about-notifications"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from emulators.github.model.accounts import Account

if TYPE_CHECKING:
    from emulators.github.happenings import Said
    from emulators.github.model.discussions import Issue
    from emulators.github.model.repositories import Repository

# https://docs.github.com/rest/activity/notifications#about-notification-reasons
Reason = Literal[
    "assign", "author", "comment", "manual", "mention", "review_requested", "state_change", "subscribed", "team_mention"
]


@dataclass(eq=False)
class Subscription:
    """One person's to a conversation, or to a repository with everything in it. Who ignores it hears nothing of it."""

    reason: Reason
    created_at: datetime
    ignored: bool = False


@dataclass(eq=False)
class Notification:
    """One conversation in a person's inbox: why it came there last, and the comment or review that it was about."""

    id: int
    account: Account
    repo: Repository
    issue: Issue
    reason: Reason
    updated_at: datetime
    said: Said | None = None
    unread: bool = True
    last_read_at: datetime | None = None


@dataclass(frozen=True)
class Telling:
    """Somebody was told of one thing, once: `what` is the webhook's event and action, `comment` the id of what was said."""

    at: datetime
    login: str
    reason: Reason
    repository: str
    number: int
    what: str
    comment: int | None
    sender: str
