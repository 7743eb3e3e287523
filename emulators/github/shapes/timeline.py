"""What stands in a conversation, one entry after the other. https://docs.github.com/rest/issues/timeline"""

from __future__ import annotations

from typing import Any

from emulators.github.clock import stamp
from emulators.github.git_repository import Commit
from emulators.github.model.discussions import Comment, CrossReference, Issue
from emulators.github.model.repositories import Repository
from emulators.github.model.reviews import Review
from emulators.github.shapes import discussions
from emulators.github.shapes.accounts import simple_user
from emulators.github.shapes.addresses import Addresses
from emulators.github.shapes.commits import git_commit
from emulators.github.shapes.repositories import repository
from emulators.github.shapes.reviews import review


def commented(at: Addresses, repo: Repository, under: Issue, shown: Comment) -> dict[str, Any]:
    actor = simple_user(at, shown.author)
    return {**discussions.comment(at, repo, under, shown), "event": "commented", "actor": actor}


def reviewed(at: Addresses, repo: Repository, under: Issue, shown: Review) -> dict[str, Any]:
    return {**review(at, repo, under, shown), "state": shown.state.lower(), "event": "reviewed"}


def committed(at: Addresses, repo: Repository, shown: Commit) -> dict[str, Any]:
    return {**git_commit(at, repo, shown), "event": "committed"}


def cross_referenced(at: Addresses, shown: CrossReference) -> dict[str, Any]:
    source = {**discussions.issue(at, shown.repo, shown.issue), "repository": repository(at, shown.repo)}
    moment = stamp(shown.created_at)
    return {
        "actor": simple_user(at, shown.actor),
        "created_at": moment,
        "updated_at": moment,
        "source": {"type": "issue", "issue": source},
        "event": "cross-referenced",
    }
