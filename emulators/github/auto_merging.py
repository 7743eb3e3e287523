"""Auto-merge: asked for by somebody who may merge, done once all that the base demands is there.

https://docs.github.com/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/automatically-merging-a-pull-request
"""

from __future__ import annotations

import contextlib
from typing import Any

from emulators.github.changes import announce
from emulators.github.errors import Refused
from emulators.github.merging import Merge, merge, merge_refusal
from emulators.github.model.accounts import Account
from emulators.github.model.auto_merge import AutoMerge
from emulators.github.model.discussions import Issue, Pull
from emulators.github.model.repositories import Repository
from emulators.github.model.roles import at_least
from emulators.github.rules.demands import Who
from emulators.github.service import GitHub

# After these a pull request may be ready that wasn't before.
_TELLING = frozenset({"check_run", "check_suite", "status", "pull_request_review", "pull_request_review_thread", "push"})


async def enable(github: GitHub, repo: Repository, issue: Issue, pull: Pull, asked: AutoMerge) -> None:
    """Raises Refused 422 where GitHub offers no auto-merge."""
    if not repo.merging.auto_merge:
        raise Refused(422, "Auto merge is not allowed for this repository")
    if issue.state == "closed":
        raise Refused(422, "Pull request is closed")
    if pull.draft:
        raise Refused(422, "Pull request is in draft state")
    if asked.method not in repo.merging.methods:
        raise Refused(422, f"Merge method {asked.method} merging is not allowed on this repository")
    trial = await github.mergeability.settled(repo, issue)
    refusal = await merge_refusal(repo, issue, asked.method, None, _who(asked))
    if refusal is None and trial and trial.mergeable:
        facts = await github.pull_facts(repo, issue)
        raise Refused(422, f"Pull request is in {facts.mergeable_state} status")
    pull.auto_merge = asked
    await announce(github, "auto_merge_enabled", repo, issue, asked.enabled_by)


async def disable(github: GitHub, repo: Repository, issue: Issue, pull: Pull, sender: Account, reason: str) -> None:
    """`reason` is told with the event."""
    if pull.auto_merge is None:
        raise Refused(422, "Can't disable auto-merge for this pull request.")
    await announce(github, "auto_merge_disabled", repo, issue, sender, reason=reason)
    pull.auto_merge = None


class AutoMerging:
    """Follows what is announced, and merges what has become ready."""

    def __init__(self, github: GitHub) -> None:
        self._github = github

    def follow(self, event: str, repo: Repository, sender: Account, payload: dict[str, Any]) -> None:
        if event in _TELLING:
            waiting = [one for one in repo.pulls() if one.pull and one.pull.auto_merge and one.state == "open"]
        elif event == "pull_request" and payload["action"] in ("auto_merge_enabled", "synchronize", "edited"):
            found = repo.issues.get(payload["number"])
            waiting = [found] if found and found.pull and found.pull.auto_merge else []
        else:
            return
        for issue in waiting:
            self._github.background.begin(self._look(repo, issue, payload, sender))

    async def _look(self, repo: Repository, issue: Issue, payload: dict[str, Any], sender: Account) -> None:
        pull = issue.pull
        if pull is None or pull.auto_merge is None:
            return
        # "If someone who does not have write permissions to the repository pushes new changes to the head branch or switches
        # the base branch of the pull request, auto-merge will be disabled."
        action = payload.get("action")
        if action in ("synchronize", "edited") and not at_least(repo.role_of(sender), "write") and sender.type == "User":
            if action == "synchronize" or "base" in payload.get("changes", {}):
                await disable(self._github, repo, issue, pull, sender, "The head branch or the base was changed")
            return
        asked = pull.auto_merge
        trial = await self._github.mergeability.settled(repo, issue)
        if trial is None or not trial.mergeable or pull.auto_merge is not asked:
            return
        if await merge_refusal(repo, issue, asked.method, None, _who(asked)) is None:
            how = Merge(asked.method, asked.title, asked.message)
            with contextlib.suppress(Refused):  # the base has moved meanwhile: its push brings us here again
                await merge(self._github, repo, issue, how, asked.enabled_by)


def _who(asked: AutoMerge) -> Who:
    return Who(asked.enabled_by, asked.app_id, asked.app_slug)
