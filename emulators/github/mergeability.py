"""Whether a pull request can be merged, tried out in the background: nobody knows at first, as at GitHub.

"The value of the `mergeable` attribute can be `true`, `false`, or `null`. If the value is `null`, then GitHub has started a
background job to compute the mergeability." https://docs.github.com/rest/pulls/pulls#get-a-pull-request
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from emulators.github.background import Background
from emulators.github.clock import now
from emulators.github.git_merges import merged, rebased
from emulators.github.git_repository import Signature
from emulators.github.model.discussions import Issue, Pull
from emulators.github.model.repositories import Repository

# More pull requests than a test has open at once.
_KEPT = 1_000
# "The rebase and merge action isn't available for pull requests with more than 100 commits."
# https://docs.github.com/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges
MAX_REBASED_COMMITS = 100


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
        # By repository, base and head; None while it is being tried.
        self._trials: OrderedDict[tuple[int, str, str], Trial | None] = OrderedDict()

    def known(self, repo: Repository, issue: Issue) -> Trial | None:
        """What came of it; None as long as it isn't known: asking begins the trial."""
        pull = issue.pull
        if pull is None or issue.state != "open":
            return None
        key = (repo.id, pull.base_sha, pull.head_sha)
        if key not in self._trials:
            self._trials[key] = None
            while len(self._trials) > _KEPT:
                self._trials.popitem(last=False)
            self._background.begin(self._try(key, repo, issue.number, pull))
        return self._trials[key]

    async def _try(self, key: tuple[int, str, str], repo: Repository, number: int, pull: Pull) -> None:
        """Writes the test merge commit to `refs/pull/N/merge`, where actions/checkout finds it.
        https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request"""
        _, base, head = key
        moment = now().isoformat()
        author = Signature("GitHub", "noreply@github.com", moment)
        merge = await merged(repo.git, base, head, f"Merge {head} into {base}\n", author)
        rebaseable = merge is not None and await _rebaseable(repo, base, head, moment)
        if (pull.base_sha, pull.head_sha) == (base, head):
            ref = f"refs/pull/{number}/merge"
            await (repo.git.update_ref(ref, merge) if merge else repo.git.delete_ref(ref))
        self._trials[key] = Trial(merge, rebaseable)


async def _rebaseable(repo: Repository, base: str, head: str, moment: str) -> bool:
    """What already stands on the base can't conflict with it; more commits than this are not rebased."""
    if await repo.git.count(f"{base}..{head}") > MAX_REBASED_COMMITS:
        return False
    return await repo.git.is_ancestor(base, head) or await rebased(repo.git, base, head, moment) is not None
