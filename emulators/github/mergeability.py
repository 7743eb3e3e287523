"""Whether a pull request can be merged, tried out in the background: nobody knows at first, as at GitHub.

"The value of the `mergeable` attribute can be `true`, `false`, or `null`. If the value is `null`, then GitHub has started a
background job to compute the mergeability." https://docs.github.com/rest/pulls/pulls#get-a-pull-request
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from emulators.github.background import Background
from emulators.github.clock import now
from emulators.github.git_merges import MAX_REBASED_COMMITS, merged, rebased
from emulators.github.git_repository import Signature
from emulators.github.model.discussions import Issue, Pull
from emulators.github.model.repositories import Repository

# More pull requests than a test has open at once.
_KEPT = 1_000


@dataclass(frozen=True)
class Trial:
    """What came of trying: `merge_sha` is the test merge commit, None when there are conflicts."""

    merge_sha: str | None
    rebaseable: bool

    @property
    def mergeable(self) -> bool:
        return self.merge_sha is not None


class Mergeability:
    def __init__(self, background: Background) -> None:
        self._background = background
        # Two trials of one pull request must not write its ref at the same time.
        self._writing = asyncio.Lock()
        # By repository, number, base and head.
        self._trials: OrderedDict[tuple[int, int, str, str], asyncio.Task[Trial]] = OrderedDict()

    def known(self, repo: Repository, issue: Issue) -> Trial | None:
        """What came of it; None as long as it isn't known: asking begins the trial."""
        trial = self._trial(repo, issue)
        return trial.result() if trial and trial.done() and not trial.exception() else None

    async def settled(self, repo: Repository, issue: Issue) -> Trial | None:
        """The same, when it is known; None for what is closed."""
        trial = self._trial(repo, issue)
        return await asyncio.shield(trial) if trial else None

    def _trial(self, repo: Repository, issue: Issue) -> asyncio.Task[Trial] | None:
        pull = issue.pull
        if pull is None or issue.state != "open":
            return None
        key = (repo.id, issue.number, pull.base_sha, pull.head_sha)
        known = self._trials.get(key)
        if known is None or (known.done() and known.exception()):
            self._trials[key] = self._background.begin(self._try(repo, issue.number, pull))
            while len(self._trials) > _KEPT:
                self._trials.popitem(last=False)
        return self._trials[key]

    async def _try(self, repo: Repository, number: int, pull: Pull) -> Trial:
        """Writes the test merge commit to `refs/pull/N/merge`, where actions/checkout finds it.
        https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request"""
        base, head = pull.base_sha, pull.head_sha
        moment = now().isoformat()
        author = Signature("GitHub", "noreply@github.com", moment)
        merge = await merged(repo.git, base, head, f"Merge {head} into {base}\n", author)
        rebaseable = merge is not None and await _rebaseable(repo, base, head, moment)
        ref = f"refs/pull/{number}/merge"
        async with self._writing:
            if (pull.base_sha, pull.head_sha) == (base, head):
                await (repo.git.update_ref(ref, merge) if merge else repo.git.delete_ref(ref))
        return Trial(merge, rebaseable)


async def _rebaseable(repo: Repository, base: str, head: str, moment: str) -> bool:
    """What already stands on the base can't conflict with it."""
    if await repo.git.count(f"{base}..{head}") > MAX_REBASED_COMMITS:
        return False
    return await repo.git.is_ancestor(base, head) or await rebased(repo.git, base, head, moment) is not None
