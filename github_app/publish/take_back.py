"""A commit that takes commits back: what they changed is undone on top of whatever came after them. No history is rewritten.

It is made in a clean repository, by the merge that `git revert` makes, and leaves in a bundle, like an agent's commits.
https://git-scm.com/docs/git-merge-tree
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from github_app.publish.own_commit import committed, tree_of
from github_app.publish.vet.clean_git import ALL_HISTORY, CleanGit, GitFailed, Remote
from sandbox.bundle import BUNDLE_REF
from sandbox.git import Identity
from sandbox.workspace import MAX_REPOSITORY_BYTES
from sandbox.workspace_failure import explain_fetch_failure

ONE_COMMIT = "--depth=1"

# A merge with conflicts ends like this.
CONFLICTS = 1

MAX_FILES_NAMED = 5


@dataclass(frozen=True)
class TakeBackSpec:
    """Undo what changed between `before` and `pushed` on top of `head`, which has `pushed` in its history. `folder` is made
    anew; `bundle` is where the commit goes."""

    folder: Path
    bundle: Path
    remote: Remote
    before: str
    pushed: str
    head: str
    message: str
    identity: Identity
    date: int


@dataclass(frozen=True)
class TakenBack:
    """The bundle has the commit."""


@dataclass(frozen=True)
class NothingLeft:
    """What came after has undone it already."""


@dataclass(frozen=True)
class InTheWay:
    """What came after changed the same lines of these files."""

    files: tuple[str, ...]


async def take_back(spec: TakeBackSpec) -> TakenBack | NothingLeft | InTheWay:
    """Raises WorkspaceError when the server is at fault, GitFailed when git here is."""
    await asyncio.to_thread(shutil.rmtree, spec.folder, ignore_errors=True)
    git = await CleanGit.create(spec.folder)
    await fetch(git, spec)
    if spec.head == spec.pushed:
        tree = await tree_of(git, spec.before)
    else:
        made = await undone_on_top(git, spec)
        if isinstance(made, InTheWay):
            return made
        tree = made
    if tree == await tree_of(git, spec.head):
        return NothingLeft()
    commit = await committed(git, tree, spec.head, spec.message, spec.identity, spec.date)
    await git.run("update-ref", "--no-deref", BUNDLE_REF, commit)
    await git.run("bundle", "create", "--quiet", str(spec.bundle), BUNDLE_REF, f"^{spec.head}")
    return TakenBack()


async def fetch(git: CleanGit, spec: TakeBackSpec) -> None:
    """One commit each, unless there is something on top of what was pushed."""
    depth = ONE_COMMIT if spec.head == spec.pushed else ALL_HISTORY
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--update-shallow", depth)
    refs = [f"+{sha}:refs/harvest/{name}" for name, sha in (("head", spec.head), ("before", spec.before))]
    try:
        await git.run("fetch", *options, "--", spec.remote.url, *refs, remote=spec.remote)
    except GitFailed as error:
        raise explain_fetch_failure(error.stderr, spec.remote.url, MAX_REPOSITORY_BYTES) from error


async def undone_on_top(git: CleanGit, spec: TakeBackSpec) -> str | InTheWay:
    """The tree of a merge of the head with a commit that would have undone it right away."""
    before = await tree_of(git, spec.before)
    right_away = await committed(git, before, spec.pushed, "right away", spec.identity, spec.date)
    merged = await git.run(
        "merge-tree", "--write-tree", "--name-only", "--no-messages", spec.head, right_away, accept=(0, CONFLICTS)
    )
    tree, *files = merged.stdout.decode("utf-8", "replace").split("\n")
    if merged.exit_code == CONFLICTS:
        return InTheWay(tuple(file for file in files if file)[:MAX_FILES_NAMED])
    return tree
