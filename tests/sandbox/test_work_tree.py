"""The tree of what lies in the workspace is that of the commit that it would make, and looking changes nothing."""

from __future__ import annotations

import pytest

from sandbox.git import git
from sandbox.local.sandbox import LocalSandbox
from sandbox.long_command import MAX_HEAD_BYTES, MAX_TAIL_BYTES, run_long
from sandbox.work_tree import work_tree

BEGIN = """
git init -q -b main . && git config user.email a@b && git config user.name A
printf 'ignored/\\n' > .gitignore; echo one > a.txt; git add -A; git commit -qm One
printf '#!/bin/sh\\ntouch "$HOME/ran"\\n' > .git/watch; chmod +x .git/watch
git config core.fsmonitor "$PWD/.git/watch"; git config core.hooksPath "$PWD/.git/hooks"
cp .git/watch .git/hooks/post-index-change
echo two > a.txt; echo new > 'b ü.txt'; mkdir ignored sub; echo x > ignored/x; echo y > sub/y; rm -f "$HOME/ran"
"""


@pytest.fixture
async def workspace(unisolated: LocalSandbox) -> LocalSandbox:
    await does(unisolated, BEGIN)
    return unisolated


async def does(sandbox: LocalSandbox, script: str) -> str:
    done = await sandbox.run(["sh", "-ec", script])
    assert done.exit_code == 0, done.stderr
    return done.stdout.decode().strip()


async def test_it_is_the_tree_of_the_commit_that_follows_and_nothing_else_changes(workspace: LocalSandbox) -> None:
    before = (await git(workspace, "status", "--porcelain")).stdout
    objects = await does(workspace, "find .git/objects -type f | sort")

    tree = await work_tree(workspace)

    assert (await git(workspace, "status", "--porcelain")).stdout == before
    assert await does(workspace, "find .git/objects -type f | sort; ls $TMPDIR; ls $HOME") == objects
    assert (await git(workspace, "add", "--all")).exit_code == 0
    assert (await git(workspace, "write-tree")).stdout.decode().strip() == tree
    await does(workspace, "echo three > a.txt")
    assert await work_tree(workspace) != tree


async def test_what_git_cant_tell_is_empty(workspace: LocalSandbox) -> None:
    await does(workspace, "rm -rf .git")
    assert await work_tree(workspace) == ""


async def test_of_a_long_output_the_beginning_and_the_end_are_kept(workspace: LocalSandbox) -> None:
    lines = (MAX_HEAD_BYTES + 3 * MAX_TAIL_BYTES) // 8
    ran = await run_long(workspace, f"echo first; seq -f %07.0f {lines}; echo last >&2; exit 3", seconds=60)

    assert ran.exit_code == 3
    assert (ran.head[:6], ran.tail[-5:]) == (b"first\n", b"last\n")
    assert (len(ran.head), len(ran.tail)) == (MAX_HEAD_BYTES, MAX_TAIL_BYTES)
    assert len(ran.head) + len(ran.tail) + ran.left_out == 6 + 8 * lines + 5


async def test_one_that_takes_too_long_is_ended_with_all_that_it_started(workspace: LocalSandbox) -> None:
    ran = await run_long(workspace, "echo begun; sleep 1000 & sleep 1000", seconds=0.3)

    assert (ran.exit_code, ran.output) == (None, b"begun\n")
    assert "sleep 1000" not in await does(workspace, "ps ax -o args || true")
