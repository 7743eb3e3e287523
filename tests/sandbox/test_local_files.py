"""Files in a local sandbox: what is written is read, and no link of the agent's leads Harvest anywhere."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import SandboxError
from tests.sandbox.conftest import outside_of_the_sandbox


def outside(root: Path, path: str) -> Path:
    """Where a path of the workspace lies on this machine, to play the agent."""
    return root / "sandboxes" / "issue-7" / "workspace" / path


@pytest.mark.parametrize("folder", ["workspace", "home", "control", "tmp"])
async def test_what_is_written_is_read_and_seen_by_commands(sandbox: LocalSandbox, folder: str) -> None:
    path = f"{getattr(sandbox.paths, folder)}/deep/er/file"

    await sandbox.write_file(path, b"text", mode=0o640)

    assert await sandbox.read_file(path) == b"text"
    shown = await sandbox.run(["stat", "-c", "%a %s", path])
    assert shown.stdout == b"640 4\n"


@outside_of_the_sandbox
async def test_a_file_that_is_not_there_is_a_file_not_found(sandbox: LocalSandbox) -> None:
    for path in ("absent", "absent/deeper"):
        with pytest.raises(FileNotFoundError):
            await sandbox.read_file(f"{sandbox.paths.workspace}/{path}")


@pytest.mark.parametrize("path", ["/etc/passwd", "relative", "{workspace}/../record.json", "{workspace}", "{tmp}/../x", ""])
async def test_a_path_outside_of_the_sandbox_is_refused(sandbox: LocalSandbox, path: str) -> None:
    path = path.format(workspace=sandbox.paths.workspace, tmp=sandbox.paths.tmp)

    with pytest.raises(SandboxError, match="does not name a file"):
        await sandbox.read_file(path)
    with pytest.raises(SandboxError, match="does not name a file"):
        await sandbox.write_file(path, b"")


@outside_of_the_sandbox
@pytest.mark.parametrize("link", ["the file", "its folder", "a folder above"])
async def test_a_link_is_never_followed_to_read(sandbox: LocalSandbox, root: Path, tmp_path: Path, link: str) -> None:
    secret = tmp_path / "host" / "folder" / "secret"
    secret.parent.mkdir(parents=True)
    secret.write_text("of the host")
    place, target, path = {
        "the file": ("secret", secret, "secret"),
        "its folder": ("folder", secret.parent, "folder/secret"),
        "a folder above": ("host", secret.parent.parent, "host/folder/secret"),
    }[link]
    outside(root, place).symlink_to(target)

    with pytest.raises(SandboxError):
        await sandbox.read_file(f"{sandbox.paths.workspace}/{path}")


@outside_of_the_sandbox
async def test_a_link_in_a_files_place_is_replaced_and_its_target_left_alone(
    sandbox: LocalSandbox, root: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    target.write_text("of the host")
    outside(root, "file").symlink_to(target)

    await sandbox.write_file(f"{sandbox.paths.workspace}/file", b"new")

    assert target.read_text() == "of the host"
    assert not outside(root, "file").is_symlink()
    assert await sandbox.read_file(f"{sandbox.paths.workspace}/file") == b"new"


@outside_of_the_sandbox
async def test_a_link_in_a_folders_place_is_never_written_through(sandbox: LocalSandbox, root: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    outside(root, "folder").symlink_to(target)

    with pytest.raises(SandboxError, match="folder is not a plain folder"):
        await sandbox.write_file(f"{sandbox.paths.workspace}/folder/file", b"new")

    assert list(target.iterdir()) == []


async def test_a_workspace_that_the_agent_replaced_by_a_link_is_not_entered(
    unisolated: LocalSandbox, root: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "file").write_text("of the host")
    outside(root, "").rmdir()
    outside(root, "").symlink_to(target)

    with pytest.raises(SandboxError, match="workspace is no plain folder"):
        await unisolated.read_file(f"{unisolated.paths.workspace}/file")
    with pytest.raises(SandboxError, match="workspace is no plain folder"):
        await unisolated.write_file(f"{unisolated.paths.workspace}/file", b"")


@outside_of_the_sandbox
async def test_only_a_regular_file_is_read(sandbox: LocalSandbox, root: Path) -> None:
    outside(root, "folder").mkdir()
    os.mkfifo(outside(root, "pipe"))  # opening it would wait for a writer for ever

    for name in ("folder", "pipe"):
        with pytest.raises(SandboxError, match="not a regular file"):
            await sandbox.read_file(f"{sandbox.paths.workspace}/{name}")


@outside_of_the_sandbox
async def test_a_file_larger_than_asked_for_is_refused_without_reading_it(sandbox: LocalSandbox, root: Path) -> None:
    with outside(root, "huge").open("wb") as file:
        file.truncate(10**12)

    with pytest.raises(SandboxError, match="huge is larger than the 1000 bytes"):
        await sandbox.read_file(f"{sandbox.paths.workspace}/huge", max_bytes=1000)


@outside_of_the_sandbox
async def test_a_file_of_exactly_the_limit_is_read(sandbox: LocalSandbox) -> None:
    path = f"{sandbox.paths.workspace}/file"
    await sandbox.write_file(path, b"x" * 1000)

    assert len(await sandbox.read_file(path, max_bytes=1000)) == 1000


@outside_of_the_sandbox
async def test_a_failed_write_leaves_what_was_there_and_nothing_half_written(sandbox: LocalSandbox, root: Path) -> None:
    outside(root, "taken").mkdir()

    with pytest.raises(SandboxError, match="taken can't be written"):
        await sandbox.write_file(f"{sandbox.paths.workspace}/taken", b"new")

    assert stat.S_ISDIR(outside(root, "taken").stat().st_mode)
    assert [path.name for path in outside(root, "").iterdir()] == ["taken"]
