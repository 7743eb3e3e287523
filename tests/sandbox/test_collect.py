"""What the agent did leaves the sandbox as one bundle of one ref, however it left the repository."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.bundle import BUNDLE_REF, RepositoryDamaged, WorkTooLarge
from sandbox.collect import Collected, CollectSpec, NoChange, NotOnTop, collect
from sandbox.git import Identity
from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import Sandbox
from sandbox.saved_commits import bring_out_commits
from sandbox.secret import Secret
from sandbox.workspace import WorkspaceSpec, prepare
from tests.publish.agent_repository import AgentRepository, git

BRANCH = "harvest/7-right-answer"


@pytest.fixture(scope="session")
def remote(tmp_path_factory: pytest.TempPathFactory) -> AgentRepository:
    return AgentRepository.create(tmp_path_factory.mktemp("remote"))


@pytest.fixture
async def workspace(unisolated: LocalSandbox, remote: AgentRepository) -> LocalSandbox:
    """A sandbox with the workspace ready for the agent."""
    identity = Identity("Claude (Harvest)", "harvest@example.com")
    await prepare(unisolated, WorkspaceSpec(remote.url, "main", BRANCH, Secret("ghs_read"), identity))
    return unisolated


async def agent_does(sandbox: Sandbox, script: str) -> None:
    done = await sandbox.run(["sh", "-ec", script])
    assert done.exit_code == 0, done.stderr


async def collected(sandbox: Sandbox, remote: AgentRepository, into: Path, **more: Any) -> Collected | NoChange | NotOnTop:
    spec = replace(CollectSpec(BRANCH, remote.start, remote.start, "Work in progress"), **more)
    return await collect(sandbox, spec, into / "work.bundle")


def subjects(remote: AgentRepository, bundle: Path) -> list[str]:
    """The subjects of the bundle's commits, newest first, as a repository that takes the bundle in has them."""
    git(remote.clone, "fetch", "--quiet", str(bundle), f"+{BUNDLE_REF}:{BUNDLE_REF}")
    return git(remote.clone, "log", "--format=%s", f"{remote.start}..{BUNDLE_REF}").splitlines()


async def test_the_agents_commits_come_out_with_what_it_left_uncommitted(
    workspace: LocalSandbox, remote: AgentRepository, tmp_path: Path
) -> None:
    await agent_does(workspace, "echo 1 >a; git add a; git commit -qm One; echo 2 >b; echo 3 >>a")

    found = await collected(workspace, remote, tmp_path)

    assert isinstance(found, Collected)
    assert (found.commits, found.notes) == (2, ())
    assert found.diffstat == "2 files changed, 3 insertions(+)"
    assert subjects(remote, found.bundle) == ["Work in progress", "One"]
    assert git(remote.clone, "rev-parse", BUNDLE_REF) == found.head_sha


async def test_collecting_again_gives_the_same_commits(
    workspace: LocalSandbox, remote: AgentRepository, tmp_path: Path
) -> None:
    await agent_does(workspace, "echo 1 >a")
    first = await collected(workspace, remote, tmp_path)
    second = await collected(workspace, remote, tmp_path)

    assert isinstance(first, Collected)
    assert isinstance(second, Collected)
    assert second.head_sha == first.head_sha


@pytest.mark.parametrize(
    ("script", "notes"),
    [
        ("true", 0),
        ("echo __pycache__ >>.git/info/exclude; mkdir __pycache__; echo x >__pycache__/x", 0),
        ("echo 1 >a; git add a; git commit -qm One; git revert --no-edit HEAD", 1),
        ("git checkout -q -b elsewhere", 0),
    ],
    ids=["nothing", "ignored only", "cancelled out", "another branch only"],
)
async def test_nothing_to_publish_is_an_honest_end(
    workspace: LocalSandbox, remote: AgentRepository, tmp_path: Path, script: str, notes: int
) -> None:
    await agent_does(workspace, script)

    found = await collected(workspace, remote, tmp_path)

    assert isinstance(found, NoChange)
    assert len(found.notes) == notes


@pytest.mark.parametrize(
    ("script", "expected", "said"),
    [
        ("git checkout -q -b mine; echo 1 >a; git add a; git commit -qm Mine", ["Mine"], "the branch 'mine'"),
        ("git checkout -q --detach; echo 1 >a; git add a; git commit -qm Mine", ["Mine"], "a detached HEAD"),
        ("echo 1 >a; git add a; git commit -qm Mine; git checkout -q main", ["Mine"], ""),
        (
            "echo 1 >a; git add a; git commit -qm A; git checkout -q -b mine main; echo 2 >b; git add b; git commit -qm Mine",
            ["Mine"],
            "its commits on 'harvest/7-right-answer' are not",
        ),
    ],
    ids=["another branch", "detached", "went back to main", "both"],
)
async def test_the_work_is_found_wherever_the_agent_stands(
    workspace: LocalSandbox, remote: AgentRepository, tmp_path: Path, script: str, expected: list[str], said: str
) -> None:
    await agent_does(workspace, script)

    found = await collected(workspace, remote, tmp_path)

    assert isinstance(found, Collected)
    assert subjects(remote, found.bundle) == expected
    assert said in " ".join(found.notes)


@pytest.mark.parametrize("make", ["git tag HEAD", "git update-ref refs/heads/HEAD HEAD"])
async def test_a_ref_of_the_name_head_is_no_obstacle(
    workspace: LocalSandbox, remote: AgentRepository, tmp_path: Path, make: str
) -> None:
    await agent_does(workspace, f"echo 1 >a; git add a; git commit -qm One; {make}")

    found = await collected(workspace, remote, tmp_path)

    assert isinstance(found, Collected)
    assert (found.commits, found.notes) == (1, ())


async def test_a_lock_of_a_git_that_was_killed_is_no_obstacle(
    workspace: LocalSandbox, remote: AgentRepository, tmp_path: Path
) -> None:
    await agent_does(workspace, "echo 1 >a; for each in index HEAD $(git symbolic-ref HEAD); do touch .git/$each.lock; done")

    assert isinstance(await collected(workspace, remote, tmp_path), Collected)


async def test_a_repository_inside_the_repository_is_left_out_and_named(
    workspace: LocalSandbox, remote: AgentRepository, tmp_path: Path
) -> None:
    await agent_does(workspace, "echo 1 >a; git init -q inner; cd inner; echo 1 >x; git add x; git commit -qm Inner")

    found = await collected(workspace, remote, tmp_path)

    assert isinstance(found, Collected)
    subjects(remote, found.bundle)
    assert git(remote.clone, "ls-tree", "--name-only", BUNDLE_REF).splitlines() == ["README.md", "a", "src"]
    assert "'inner'" in found.notes[0]


async def test_an_unfinished_merge_is_left_out_and_named(
    workspace: LocalSandbox, remote: AgentRepository, tmp_path: Path
) -> None:
    await agent_does(
        workspace,
        "echo 1 >a; git add a; git commit -qm Ours; git checkout -q -b other main; echo 2 >a; git add a; git commit -qm No;"
        f"git checkout -q '{BRANCH}'; git merge other || true",
    )

    found = await collected(workspace, remote, tmp_path)

    assert isinstance(found, Collected)
    assert subjects(remote, found.bundle) == ["Ours"]
    assert "merge unfinished" in found.notes[0]


HALF_WAY = "git rebase -q base || true"
BASE_GOES_ON = "git switch -qc base $(git rev-parse HEAD~2); echo theirs >b; git add b; git commit -qm Theirs; git switch -q -"


@pytest.mark.parametrize(
    ("script", "commits"),
    [
        ("", None),
        (HALF_WAY, None),
        ("git rebase -q base || git rebase --abort", None),
        ("git rebase -q -Xtheirs base", 2),
        ("git rebase -q -Xours base; git diff --quiet base -- b", 1),
    ],
    ids=["not begun", "half-way", "given up", "all", "one has nothing left"],
)
async def test_a_rebase_is_taken_for_done_only_when_all_of_it_stands_on_the_base(
    workspace: LocalSandbox, remote: AgentRepository, tmp_path: Path, script: str, commits: int | None
) -> None:
    await agent_does(
        workspace, "echo 1 >a; git add a; git commit -qm One; echo ours >b; git add b; git commit -qm Two; " + BASE_GOES_ON
    )
    start, base = (await workspace.run(["git", "rev-parse", "HEAD", "base"])).stdout.decode().split()
    await agent_does(workspace, script)
    known = await bring_out_commits(workspace, (remote.start, remote.start), tmp_path / "saved.bundle", known="before")
    assert (known == "before") == (script == HALF_WAY), "what has moved in part is not saved"
    found = await collected(workspace, remote, tmp_path, start_sha=start, base_sha=base, onto_base=True)
    assert (found.commits if isinstance(found, Collected) else None) == commits
    assert isinstance(found, NotOnTop) == (commits is None)
    if commits == 1:
        assert isinstance(found, Collected)
        assert found.notes[0].startswith("The branch had 2 commits of its own and has 1 commit on top of its base")


@pytest.mark.parametrize(
    "damage", ["rm -rf .git", "rm -rf .git/objects", "echo ref: refs/heads/none >.git/HEAD", "echo junk >.git/index"]
)
async def test_a_damaged_repository_ends_with_a_sentence(
    workspace: LocalSandbox, remote: AgentRepository, tmp_path: Path, damage: str
) -> None:
    await agent_does(workspace, f"echo 1 >a; {damage}")

    with pytest.raises(RepositoryDamaged, match="cloned afresh"):
        await collected(workspace, remote, tmp_path)


async def test_a_huge_file_ends_with_its_name_and_nothing_is_written(
    workspace: LocalSandbox, remote: AgentRepository, tmp_path: Path
) -> None:
    await agent_does(workspace, "mkdir data; truncate -s 55M data/huge.bin; echo 1 >a")

    with pytest.raises(WorkTooLarge, match=r"'data/huge\.bin' has 58 MB"):
        await collected(workspace, remote, tmp_path)
    assert "work.bundle" not in os.listdir(tmp_path)


async def test_work_that_is_too_much_in_all_is_stopped_at_the_limit(
    workspace: LocalSandbox, remote: AgentRepository, tmp_path: Path
) -> None:
    await agent_does(workspace, "for n in 1 2 3; do head -c 1000000 /dev/urandom >r$n; done")

    with pytest.raises(WorkTooLarge, match="more than 2 MB"):
        await collected(workspace, remote, tmp_path, max_bundle_bytes=2_000_000)
    assert not [name for name in os.listdir(tmp_path) if name.startswith("work.bundle")]


SET_TRAPS = """
echo 1 >a
mkdir -p .git/hooks
for hook in pre-commit post-commit reference-transaction post-index-change; do
  printf '#!/bin/sh\\ntouch $HOME/trapped\\nexit 1\\n' >.git/hooks/$hook
  chmod +x .git/hooks/$hook
done
git config commit.gpgSign true
git config diff.external false
git config core.fsmonitor 'touch $HOME/trapped; false'
rm -f $HOME/trapped
"""


async def test_hooks_and_filters_of_the_repository_do_not_meddle(
    workspace: LocalSandbox, remote: AgentRepository, tmp_path: Path
) -> None:
    await agent_does(workspace, SET_TRAPS)

    found = await collected(workspace, remote, tmp_path)

    assert isinstance(found, Collected)
    assert "trapped" not in os.listdir(workspace.paths.home)
