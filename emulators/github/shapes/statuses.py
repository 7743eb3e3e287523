"""Commit statuses in JSON."""

from __future__ import annotations

from typing import Any

from emulators.github.clock import stamp
from emulators.github.model.checks import CommitStatus
from emulators.github.model.repositories import Repository
from emulators.github.shapes.accounts import simple_user
from emulators.github.shapes.addresses import Addresses, node_id
from emulators.github.shapes.repositories import repository


def simple_status(at: Addresses, repo: Repository, shown: CommitStatus) -> dict[str, Any]:
    """`simple-commit-status`: as the combined status lists it."""
    return {
        "url": f"{at.repository(repo)}/statuses/{shown.sha}",
        "avatar_url": simple_user(at, shown.creator)["avatar_url"],
        "id": shown.id,
        "node_id": node_id("SC", shown.id),
        "state": shown.state,
        "description": shown.description,
        "target_url": shown.target_url,
        "context": shown.context,
        "created_at": stamp(shown.created_at),
        "updated_at": stamp(shown.created_at),
    }


def status(at: Addresses, repo: Repository, shown: CommitStatus) -> dict[str, Any]:
    return {**simple_status(at, repo, shown), "creator": simple_user(at, shown.creator)}


def combined_status(
    at: Addresses, repo: Repository, sha: str, state: str, shown: list[CommitStatus], total: int
) -> dict[str, Any]:
    """`combined-commit-status`: `shown` is a page of the `total` contexts."""
    url = f"{at.repository(repo)}/commits/{sha}"
    return {
        "state": state,
        "statuses": [simple_status(at, repo, one) for one in shown],
        "sha": sha,
        "total_count": total,
        "repository": repository(at, repo),
        "commit_url": url,
        "url": f"{url}/status",
    }


def status_in_webhook(
    at: Addresses, repo: Repository, shown: CommitStatus, commit: dict[str, Any], branches: list[dict[str, Any]]
) -> dict[str, Any]:
    """The payload of `status`, which has no action. https://docs.github.com/webhooks/webhook-events-and-payloads#status"""
    simple = simple_status(at, repo, shown)
    kept = ("id", "avatar_url", "state", "description", "target_url", "context", "created_at", "updated_at")
    return {
        **{name: simple[name] for name in kept},
        "sha": shown.sha,
        "name": repo.full_name,
        "commit": commit,
        "branches": branches,
    }
