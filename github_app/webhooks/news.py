"""What happens on GitHub that asks for nothing, and need not wait in the inbox: what a watch may have to look at (a check has
ended, something was pushed, a review came), and that somebody edited a pull request. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from github_app.webhooks.payloads import Payload

BRANCHES = "refs/heads/"

ON_A_PULL = frozenset(
    {"synchronize", "closed", "reopened", "edited", "ready_for_review", "converted_to_draft", "submitted", "dismissed"}
)


@dataclass(frozen=True)
class News:
    """It is of this pull request, of what was pushed to this branch, or of this commit."""

    repository_id: int
    pull: int | None = None
    pushed: str = ""
    sha: str = ""


def edited_in(name: str, payload: Payload, login: str) -> int | None:
    """The pull request whose title or text somebody else than Harvest, which acts as `login`, has edited; else None."""
    by_others = payload.sender is not None and payload.sender.login != login
    if name == "pull_request" and payload.action == "edited" and by_others and payload.pull_request is not None:
        return payload.pull_request.number
    return None


def news_in(name: str, payload: Payload, app_id: int) -> News | None:
    """`name` is the X-GitHub-Event header. None for what no watch looks at; our own check runs are among that."""
    repository = payload.repository_id
    match name:
        case "pull_request" | "pull_request_review" if payload.pull_request is not None and payload.action in ON_A_PULL:
            return News(repository, pull=payload.pull_request.number)
        case "push" if (payload.ref or "").startswith(BRANCHES):
            return News(repository, pushed=(payload.ref or "").removeprefix(BRANCHES))
        case "status" if payload.sha and payload.state != "pending":
            return News(repository, sha=payload.sha)
        case "check_run" | "check_suite" if payload.action == "completed":
            check = payload.check_run if name == "check_run" else payload.check_suite
            if check is not None and check.head_sha and (check.app is None or check.app.id != app_id):
                return News(repository, sha=check.head_sha)
    return None
