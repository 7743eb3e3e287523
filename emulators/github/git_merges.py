"""Merges, squashes and rebases in a bare repository, where no working tree is: only commits are written, no ref moves."""

from __future__ import annotations

from dataclasses import replace

from emulators.github.git_repository import BareRepository, Commit, Signature

# "The rebase and merge action isn't available for pull requests with more than 100 commits."
# https://docs.github.com/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges
MAX_REBASED_COMMITS = 100


async def merged(git: BareRepository, base: str, head: str, message: str, author: Signature) -> str | None:
    """A merge commit of the two; None when they conflict."""
    tree = await git.merged_tree(base, head)
    return None if tree is None else await git.write_commit(tree, (base, head), message, author)


async def squashed(git: BareRepository, base: str, head: str, message: str, author: Signature) -> str | None:
    """One commit on top of the base with all that the head brings; None when they conflict."""
    tree = await git.merged_tree(base, head)
    return None if tree is None else await git.write_commit(tree, (base,), message, author)


async def rebased(git: BareRepository, base: str, head: str, moment: str) -> str | None:
    """The head's commits one by one on top of the base, with their own authors and messages; None when one conflicts, or
    when they are too many.

    "The rebase and merge on GitHub will always update the committer information and create new commit SHAs."
    https://docs.github.com/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges
    """
    tip, commits = base, await git.commits(head, f"^{base}")
    if len(commits) > MAX_REBASED_COMMITS:
        return None
    for commit in reversed(commits):
        if len(commit.parents) > 1:
            continue  # merges fall out of a rebase
        picked = await _picked(git, tip, commit, moment)
        if picked is None:
            return None
        tip = picked
    return tip


async def _picked(git: BareRepository, tip: str, commit: Commit, moment: str) -> str | None:
    """A commit's change on top of another one. The tip's tree stands as a commit beside the one that is picked, so that both
    have the same parent and git merges them from there."""
    onto = await git.commit(tip)
    if onto is None:
        return None
    beside = await git.write_commit(onto.tree, commit.parents, "", replace(commit.author, date=moment))
    tree = await git.merged_tree(beside, commit.sha)
    return None if tree is None else await git.write_commit(tree, (tip,), commit.message + "\n", commit.author, moment)
