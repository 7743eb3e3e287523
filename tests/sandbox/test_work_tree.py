"""The tree of what lies in the workspace is that of the commit that it would make, and looking changes nothing."""

from __future__ import annotations

import os

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

    tree = await work_tree(workspace, hidden="")

    assert (await git(workspace, "status", "--porcelain")).stdout == before
    assert await does(workspace, "find .git/objects -type f | sort; ls $TMPDIR; ls $HOME") == objects
    assert (await git(workspace, "add", "--all")).exit_code == 0
    assert (await git(workspace, "write-tree")).stdout.decode().strip() == tree
    await does(workspace, "echo three > a.txt")
    assert await work_tree(workspace, hidden="") != tree


@pytest.mark.parametrize(
    "hidden",
    [
        "git update-index --assume-unchanged a.txt; echo other > a.txt",
        "git update-index --skip-worktree a.txt; echo other > a.txt",
        "git config core.trustctime false; touch -r a.txt at; echo eno > a.txt; touch -r at a.txt; rm at",
        "echo other > a.txt; echo 'a.txt filter=one' > .git/info/attributes; git config filter.one.clean 'echo one'",
        "echo other > a.txt; git config filter.one.clean 'echo one'; mkdir -p ~/.config/git; "
        "echo 'a.txt filter=one' > ~/.config/git/attributes",
        "echo conftest.py > .git/info/exclude; echo x > conftest.py",
        "git config core.excludesFile .git/more; echo conftest.py > .git/more; echo x > conftest.py",
        "git config --global core.excludesFile ~/more; echo conftest.py > ~/more; echo x > conftest.py",
        "mkdir -p ~/.config/git; echo conftest.py > ~/.config/git/ignore; echo x > conftest.py",
        "mkdir other; echo one > other/a.txt; git config core.worktree ../other; echo other > a.txt",
    ],
)
async def test_what_the_agents_git_is_told_to_overlook_counts(workspace: LocalSandbox, hidden: str) -> None:
    committed = await does(workspace, "git reset -q --hard; git clean -qfd; git status --short; git rev-parse HEAD^{tree}")
    assert await work_tree(workspace, hidden="") == committed

    await does(workspace, hidden)

    assert await work_tree(workspace, hidden="") not in ("", committed)


async def test_what_harvest_hides_does_not_count(workspace: LocalSandbox) -> None:
    before = await work_tree(workspace, hidden="")
    await does(workspace, "mkdir -p vendor; echo x > vendor/x")
    assert await work_tree(workspace, hidden="/vendor/\n") == before != await work_tree(workspace, hidden="")


async def test_a_repository_within_it_has_files_of_its_own(workspace: LocalSandbox) -> None:
    await does(
        workspace, "git init -q inner && cd inner && git -c user.name=A -c user.email=a@b commit -q --allow-empty -m One"
    )
    assert await work_tree(workspace, hidden="") == ""


async def test_what_git_cant_tell_is_empty(workspace: LocalSandbox) -> None:
    await does(workspace, "rm -rf .git")
    assert await work_tree(workspace, hidden="") == ""


async def test_of_a_long_output_the_beginning_and_the_end_are_kept(workspace: LocalSandbox) -> None:
    lines = (MAX_HEAD_BYTES + 3 * MAX_TAIL_BYTES) // 8
    ran = await run_long(workspace, f"echo first; seq -f %07.0f {lines}; echo last >&2; exit 3", run="one", seconds=60)

    assert ran.exit_code == 3
    assert (ran.head[:6], ran.tail[-5:]) == (b"first\n", b"last\n")
    assert (len(ran.head), len(ran.tail)) == (MAX_HEAD_BYTES, MAX_TAIL_BYTES)
    assert len(ran.head) + len(ran.tail) + ran.left_out == 6 + 8 * lines + 5


async def test_one_that_takes_too_long_is_ended_with_all_that_it_started(workspace: LocalSandbox) -> None:
    its_own = f"sleep 1000.{os.getpid()}"  # other tests on this machine sleep too
    ran = await run_long(workspace, f"echo begun; {its_own} & {its_own}", run="one", seconds=0.3)

    assert (ran.exit_code, ran.output) == (None, b"begun\n")
    assert its_own not in await does(workspace, "ps ax -o args || true")
