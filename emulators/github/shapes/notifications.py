"""Notifications and subscriptions in JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from emulators.github.clock import maybe_stamp, stamp
from emulators.github.model.discussions import Comment, Issue
from emulators.github.model.notifications import Notification, Subscription, Telling
from emulators.github.model.repositories import Repository
from emulators.github.model.reviews import ReviewComment
from emulators.github.shapes.addresses import Addresses
from emulators.github.shapes.repositories import repository


def notification(at: Addresses, shown: Notification) -> dict[str, Any]:
    """`thread`: the subject's `latest_comment_url` leads to what was said last, or to the subject itself."""
    base, number = at.repository(shown.repo), shown.issue.number
    url = f"{base}/{'pulls' if shown.issue.pull else 'issues'}/{number}"
    latest = url
    match shown.said:
        case Comment(id=comment):
            latest = f"{base}/issues/comments/{comment}"
        case ReviewComment(id=comment):
            latest = f"{base}/pulls/comments/{comment}"
    kind = "PullRequest" if shown.issue.pull else "Issue"
    thread = f"{at.api}/notifications/threads/{shown.id}"
    return {
        "id": str(shown.id),
        "unread": shown.unread,
        "reason": shown.reason,
        "updated_at": stamp(shown.updated_at),
        "last_read_at": maybe_stamp(shown.last_read_at),
        "subject": {"title": shown.issue.title, "url": url, "latest_comment_url": latest, "type": kind},
        "repository": repository(at, shown.repo),
        "url": thread,
        "subscription_url": f"{thread}/subscription",
    }


def thread_subscription(at: Addresses, shown: Notification, held: Subscription) -> dict[str, Any]:
    """`thread-subscription`."""
    thread = f"{at.api}/notifications/threads/{shown.id}"
    return {
        "subscribed": not held.ignored,
        "ignored": held.ignored,
        "reason": held.reason,
        "created_at": stamp(held.created_at),
        "url": f"{thread}/subscription",
        "thread_url": thread,
    }


def repository_subscription(at: Addresses, repo: Repository, held: Subscription) -> dict[str, Any]:
    """`repository-subscription`."""
    return {
        "subscribed": not held.ignored,
        "ignored": held.ignored,
        "reason": None,
        "created_at": stamp(held.created_at),
        "url": f"{at.repository(repo)}/subscription",
        "repository_url": at.repository(repo),
    }


def telling(shown: Telling) -> dict[str, Any]:
    """As the control lists them."""
    return {**asdict(shown), "at": stamp(shown.at)}


def subject_page(repo_link: str, issue: Issue, said: object) -> str:
    """Where a person reads it, below the repository's page."""
    page = f"{repo_link}/{'pull' if issue.pull else 'issues'}/{issue.number}"
    match said:
        case Comment(id=comment):
            return f"{page}#issuecomment-{comment}"
        case ReviewComment(id=comment):
            return f"{page}#discussion_r{comment}"
    return page
