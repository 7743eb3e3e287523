"""The branch with pictures: one commit, bounded, made anew by each push, and nobody else's."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest

from github_app.publish.pictures import branch
from github_app.publish.pictures.branch import BRANCH, Folder, NewPicture, NotTaken, fitting, push_pictures
from github_app.publish.vet.clean_git import CleanGit, Remote
from sandbox.git import Identity
from sandbox.secret import Secret
from tests.publish.agent_repository import AgentRepository, git

US = Identity("harvest", "harvest@acme.dev")


async def show(agent: AgentRepository, folder: str, scratch: Path) -> None:
    file = scratch / f"{folder}.file"
    file.write_text(folder)
    repository = Path(tempfile.mkdtemp(dir=scratch)) / "pictures.git"
    await push_pictures(repository, Remote(agent.url, Secret("ghs_write")), folder, [NewPicture("1.png", file)], US)


def on_the_branch(agent: AgentRepository) -> list[str]:
    return git(agent.server, "ls-tree", "-r", "--name-only", BRANCH).split()


async def test_each_push_adds_a_folder_and_leaves_one_commit(agent: AgentRepository, tmp_path: Path) -> None:
    await show(agent, "20261129-a", tmp_path)
    await show(agent, "20261130-b", tmp_path)
    assert on_the_branch(agent) == ["20261129-a/1.png", "20261130-b/1.png", "README.md"]
    assert git(agent.server, "rev-list", "--count", BRANCH) == "1"
    assert git(agent.server, "show", f"{BRANCH}:20261129-a/1.png") == "20261129-a"

    before = git(agent.server, "rev-parse", BRANCH)
    await show(agent, "20261130-b", tmp_path)  # again, after a crash
    assert git(agent.server, "rev-parse", BRANCH) == before


async def test_of_two_at_the_same_time_the_second_builds_on_the_first(
    agent: AgentRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_have_looked = asyncio.Barrier(2)
    looked: set[Path] = set()
    fetched = branch.fetched

    async def look_together(clean: CleanGit, remote: Remote) -> str | None:
        tip = await fetched(clean, remote)
        if clean.repository not in looked:
            looked.add(clean.repository)
            await both_have_looked.wait()
        return tip

    monkeypatch.setattr(branch, "fetched", look_together)
    await asyncio.gather(show(agent, "20261129-a", tmp_path), show(agent, "20261130-b", tmp_path))
    assert on_the_branch(agent) == ["20261129-a/1.png", "20261130-b/1.png", "README.md"]


async def test_somebody_elses_branch_of_that_name_is_left_alone(agent: AgentRepository, tmp_path: Path) -> None:
    git(agent.server, "branch", BRANCH, "main")
    with pytest.raises(NotTaken, match="is somebody else's: rename it"):
        await show(agent, "20261129-a", tmp_path)
    assert git(agent.server, "rev-parse", BRANCH) == git(agent.server, "rev-parse", "main")


def test_the_oldest_folders_go_where_there_is_no_room_for_all() -> None:
    third = branch.MAX_BYTES // 3
    there = [Folder(name, name, third) for name in ("a", "b", "c")]
    assert [each.name for each in fitting(there, Folder("d", "d", third))] == ["b", "c", "d"]
    assert [each.name for each in fitting(there, Folder("b", "other", 2 * third))] == ["b", "c"]
    assert [each.name for each in fitting(there, Folder("d", "d", branch.MAX_BYTES))] == ["d"]
