"""New commits dismiss approvals, where a branch's protection or a ruleset says so.

"Dismiss stale pull request approvals when new commits are pushed."
https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches#require-pull-request-reviews-before-merging
"""

from __future__ import annotations

from typing import Any

from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Issue
from emulators.github.model.repositories import Repository
from emulators.github.reviewing import Reviewed, dismiss
from emulators.github.service import GitHub


class StaleReviews:
    """Follows what is announced."""

    def __init__(self, github: GitHub) -> None:
        self._github = github

    def follow(self, event: str, repo: Repository, sender: Account, payload: dict[str, Any]) -> None:
        if event != "pull_request" or payload["action"] != "synchronize":
            return
        issue = repo.issues[payload["number"]]
        if issue.pull is None or not _dismisses(repo, issue):
            return
        at = Reviewed(self._github, repo, issue, issue.pull, sender)
        for review in issue.pull.reviews:
            if review.state == "APPROVED":
                dismiss(at, review, "New commits have been pushed.")


def _dismisses(repo: Repository, issue: Issue) -> bool:
    base = issue.pull.base_ref if issue.pull else ""
    protection = repo.rules.protections.get(base)
    if protection and protection.reviews and protection.reviews.dismiss_stale:
        return True
    return any(
        rule.parameters.get("dismiss_stale_reviews_on_push")
        for ruleset in repo.rules.applying(f"refs/heads/{base}", repo.default_branch)
        for rule in ruleset.rules
        if rule.type == "pull_request"
    )
