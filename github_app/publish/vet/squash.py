"""Folds commits that only saved work in progress into those that they are part of: nobody wants to review them. Pure.

What they changed stays: a commit has a whole tree, so the one after it holds their changes, and the last one's tree goes to
the commit before it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from github_app.publish.vet.authorship import WrittenCommit

# As the agent is told to call them (docs/ai/shared/git-workflow.md), and what git and people call them.
_UNFINISHED = re.compile(r"(?:wip|snapshot|checkpoint)(?:$|[\s:!.,-])|\[wip\]|(?:fixup|squash|amend)! ", re.IGNORECASE)


def is_unfinished(message: str) -> bool:
    """Whether a commit with this message only saved work in progress."""
    return _UNFINISHED.match(message.lstrip()) is not None


def squashed(commits: Sequence[WrittenCommit], title: str) -> list[WrittenCommit]:
    """The commits, parents first as they are given, without those that only saved work in progress.

    Where nothing else is left to carry their changes, the last one stays, with `title` as its message. Those on either side of
    a merge stay as they are.
    """
    kept = {commit.sha: commit for commit in commits}
    *others, last = commits
    for sha in (commit.sha for commit in others):
        commit = kept[sha]
        if is_unfinished(commit.message) and (follower := _only_follower(commit, kept.values())) is not None:
            kept[follower.sha] = replace(follower, parents=commit.parents)
            del kept[sha]
    last = kept[last.sha]
    if is_unfinished(last.message):
        before = kept.get(last.parents[0]) if len(last.parents) == 1 else None
        if before is not None and _only_follower(before, kept.values()) is last:
            kept[before.sha] = replace(before, tree=last.tree, date=last.date)
            del kept[last.sha]
        else:
            kept[last.sha] = replace(last, message=title)
    return list(kept.values())


def _only_follower(commit: WrittenCommit, commits: Collection[WrittenCommit]) -> WrittenCommit | None:
    """The one commit that builds on it, where no merge has to do with either."""
    uses = Counter(parent for each in commits for parent in each.parents)
    if len(commit.parents) != 1 or uses[commit.sha] != 1:
        return None
    return next((each for each in commits if each.parents == (commit.sha,)), None)
