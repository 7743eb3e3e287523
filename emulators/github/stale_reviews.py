"""Approvals that a push makes stale, where the base demands approvals of what is merged.

https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches#require-pull-request-reviews-before-merging
"""

from __future__ import annotations

from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Issue, Pull
from emulators.github.model.repositories import Repository
from emulators.github.review_places import difference
from emulators.github.reviewing import Reviewed, dismiss
from emulators.github.rules.demands import demands_on
from emulators.github.service import GitHub


async def dismiss_stale(github: GitHub, repo: Repository, issue: Issue, pull: Pull, before: str, sender: Account) -> None:
    """Dismiss the approvals of a pull request whose head was at `before`, if the base has that done. A push that leaves its
    difference as it was, like a merge of the base, makes nothing stale."""
    if not _wanted(repo, pull) or await _same_difference(repo, pull, before):
        return
    here = Reviewed(github, repo, issue, pull, sender)
    for review in [one for one in pull.reviews if one.state == "APPROVED"]:
        dismiss(here, review, None, pull.head_sha)


def _wanted(repo: Repository, pull: Pull) -> bool:
    demands = demands_on(repo, f"refs/heads/{pull.base_ref}", None)
    return any(one.rule.parameters.get("dismiss_stale_reviews_on_push") for one in demands if one.rule.type == "pull_request")


async def _same_difference(repo: Repository, pull: Pull, before: str) -> bool:
    was, now = await difference(repo, pull, before), await difference(repo, pull)
    return {path: one.patch for path, one in was.files.items()} == {path: one.patch for path, one in now.files.items()}
