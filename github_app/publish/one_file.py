"""One file of Harvest's own on a branch: a commit that changes nothing else, made in a clean repository, pushed with a lease.

https://git-scm.com/docs/git-update-index
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from github_app.publish.own_commit import committed, tree_of
from github_app.publish.push import PushResult, push
from github_app.publish.vet.clean_git import CleanGit, GitFailed, Remote
from sandbox.git import Identity
from sandbox.workspace import MAX_REPOSITORY_BYTES
from sandbox.workspace_failure import explain_fetch_failure

# What else there is need not be here.
WITHOUT_CONTENTS = "--filter=blob:none"


@dataclass(frozen=True)
class OneFile:
    """`content` is to stand at `path` on `branch`. `folder` is made anew; `date` is the commit's, in seconds since the
    epoch."""

    folder: Path
    remote: Remote
    branch: str
    path: str
    content: bytes
    message: str
    identity: Identity
    date: int


async def put_on_top(file: OneFile, parent: str, *, expected: str | None) -> PushResult:
    """Commit the file on top of `parent`, and push that to the branch, which must be at `expected` (None: must not exist).
    Where it stands there like this already, nothing is committed. Repeating it makes the same commit.

    Raises WorkspaceError when the server is at fault, GitFailed when git here is.
    """
    await asyncio.to_thread(shutil.rmtree, file.folder, ignore_errors=True)
    git = await CleanGit.create(file.folder)
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--update-shallow", "--depth=1")
    try:
        await git.run(
            *("fetch", *options, WITHOUT_CONTENTS, "--", file.remote.url, f"+{parent}:refs/harvest/parent"), remote=file.remote
        )
    except GitFailed as error:
        raise explain_fetch_failure(error.stderr, file.remote.url, MAX_REPOSITORY_BYTES) from error
    blob = (await git.run("hash-object", "-w", "--stdin", stdin=file.content)).stdout.decode("ascii").strip()
    index = {"GIT_INDEX_FILE": str(file.folder / "index")}
    await git.run("read-tree", parent, env=index)
    await git.run("update-index", "--add", "--cacheinfo", f"100644,{blob},{file.path}", env=index)
    tree = (await git.run("write-tree", "--missing-ok", env=index)).stdout.decode("ascii").strip()
    commit = parent
    if tree != await tree_of(git, parent):
        commit = await committed(git, tree, parent, file.message, file.identity, file.date)
    return await push(file.folder, file.remote, commit, file.branch, expected)
