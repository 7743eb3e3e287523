"""Snapshots of local sandboxes: what is kept, what is left out, and what happens when one is gone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sandbox.local import LocalBackend
from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import SandboxError, SandboxSpec, SnapshotGone
from tests.sandbox.conftest import outside_of_the_sandbox


def successor(snapshot_id: str) -> SandboxSpec:
    return SandboxSpec(name="job-2", session="issue-7", snapshot_id=snapshot_id)


async def test_a_sandbox_from_a_snapshot_goes_on_where_the_last_one_was(backend: LocalBackend, sandbox: LocalSandbox) -> None:
    script = """
    echo text > file; chmod 750 file; ln -s file link; ln -s /etc/passwd out; mkfifo pipe; mkdir -p deep/er
    printf 'a\\nb' > 'deep/er/odd
name'; git init -q repo; echo '{}' > $HOME/.claude.json; touch -d @1000 deep
    """
    listing = "find . $HOME -printf '%p %y %m %l %s %T@\\n' | grep -v -E '^(\\.|/home/harvest|.*/home) d' | sort"
    assert (await sandbox.run(["sh", "-c", script])).exit_code == 0
    before = (await sandbox.run(["sh", "-c", listing])).stdout

    snapshot_id = await sandbox.snapshot()
    await sandbox.terminate()
    fresh = await backend.create(successor(snapshot_id))

    assert fresh.started_from == "snapshot"
    assert (await fresh.run(["sh", "-c", listing])).stdout == before
    assert b"./link l 777 file" in before


@outside_of_the_sandbox
async def test_control_and_tmp_are_left_out(backend: LocalBackend, sandbox: LocalSandbox) -> None:
    await sandbox.write_file(f"{sandbox.paths.control}/token", b"ghs_secret")
    await sandbox.write_file(f"{sandbox.paths.tmp}/file", b"")

    fresh = await backend.create(successor(await sandbox.snapshot()))

    for path in (f"{fresh.paths.control}/token", f"{fresh.paths.tmp}/file"):
        with pytest.raises(FileNotFoundError):
            await fresh.read_file(path)


@outside_of_the_sandbox
async def test_a_snapshot_stays_as_it_was_taken(backend: LocalBackend, sandbox: LocalSandbox) -> None:
    path = f"{sandbox.paths.workspace}/file"
    await sandbox.write_file(path, b"then")
    snapshot_id = await sandbox.snapshot()
    await sandbox.run(["sh", "-c", "echo now >> file"])

    first = await backend.create(successor(snapshot_id))
    await first.run(["sh", "-c", "echo later >> file"])
    second = await backend.create(SandboxSpec(name="job-3", session="issue-7", snapshot_id=snapshot_id))

    assert await second.read_file(path) == b"then"


@outside_of_the_sandbox
async def test_the_first_that_starts_from_a_snapshot_gets_the_files_themselves_and_each_other_one_a_copy(
    backend: LocalBackend, sandbox: LocalSandbox, root: Path
) -> None:
    path = f"{sandbox.paths.workspace}/file"
    await sandbox.write_file(path, b"then")
    file = root / "sandboxes/issue-7/workspace/file"
    it_itself = file.stat().st_ino
    snapshot_id = await sandbox.snapshot()
    await sandbox.terminate()

    first = await backend.create(successor(snapshot_id))
    assert file.stat().st_ino == it_itself
    await first.run(["sh", "-c", "echo later >> file"])
    with file.open():  # so that no other file gets its number once it is gone
        await first.terminate()  # without a snapshot of what it did
        second = await backend.create(successor(snapshot_id))

    assert await second.read_file(path) == b"then"
    assert file.stat().st_ino != it_itself


@outside_of_the_sandbox
@pytest.mark.parametrize("ended_by", ["itself", "the next one"])
async def test_one_that_stood_by_leaves_its_files_to_the_next_one_and_the_home_that_it_was_made_with(
    backend: LocalBackend, sandbox: LocalSandbox, root: Path, ended_by: str
) -> None:
    path, of_the_home = f"{sandbox.paths.workspace}/file", f"{sandbox.paths.home}/file"
    for written in (path, of_the_home):
        await sandbox.write_file(written, b"then")
    file = root / "sandboxes/issue-7/workspace/file"
    it_itself = file.stat().st_ino
    snapshot_id = await sandbox.snapshot()
    await sandbox.terminate()
    first = await backend.create(successor(snapshot_id))
    for _ in range(2):
        await first.renew_home()
    await first.write_file(f"{first.paths.home}/another", b"of the new home")
    await first.stand_by()
    if ended_by == "itself":
        await first.terminate()

    second = await backend.create(SandboxSpec(name="job-3", session="issue-7", snapshot_id=snapshot_id))

    assert file.stat().st_ino == it_itself
    assert [await second.read_file(written) for written in (path, of_the_home)] == [b"then", b"then"]
    with pytest.raises(FileNotFoundError):
        await second.read_file(f"{second.paths.home}/another")


async def standing_by(backend: LocalBackend, sandbox: LocalSandbox) -> tuple[LocalSandbox, str, str]:
    """A standby made from what this sandbox leaves, the path of a file that says "then" in it, and the snapshot's id."""
    path = f"{sandbox.paths.workspace}/file"
    await sandbox.write_file(path, b"then")
    snapshot_id = await sandbox.snapshot()
    await sandbox.terminate()
    first = await backend.create(successor(snapshot_id))
    await first.renew_home()
    await first.stand_by()
    return first, path, snapshot_id


@outside_of_the_sandbox
async def test_one_whose_agent_did_something_unasked_leaves_nothing_to_the_next_one(
    backend: LocalBackend, sandbox: LocalSandbox
) -> None:
    first, path, snapshot_id = await standing_by(backend, sandbox)
    await first.write_file(f"{first.paths.control}/runs/standby-1/events.jsonl", b"{}\n")
    await first.write_file(path, b"later")
    await first.terminate()

    second = await backend.create(SandboxSpec(name="job-3", session="issue-7", snapshot_id=snapshot_id))
    assert await second.read_file(path) == b"then"


@outside_of_the_sandbox
async def test_one_that_was_handed_over_leaves_nothing_to_the_next_one(
    backend: LocalBackend, sandbox: LocalSandbox, root: Path
) -> None:
    first, path, snapshot_id = await standing_by(backend, sandbox)
    handed = await backend.hand_over(first.id, {"job": "2"})
    await handed.run(["sh", "-c", "echo later >> file"])
    await handed.terminate()

    second = await backend.create(SandboxSpec(name="job-3", session="issue-7", snapshot_id=snapshot_id))
    assert await second.read_file(path) == b"then"


@outside_of_the_sandbox
async def test_what_was_done_after_a_snapshot_is_not_passed_on(backend: LocalBackend, sandbox: LocalSandbox) -> None:
    snapshot_id = await sandbox.snapshot()
    await sandbox.run(["touch", "later"])
    await sandbox.terminate()

    second = await backend.create(successor(snapshot_id))

    with pytest.raises(FileNotFoundError):
        await second.read_file(f"{second.paths.workspace}/later")


@outside_of_the_sandbox
@pytest.mark.parametrize("snapshot_id", ["snap-0123456789ab", "", ".", "snap-", "snap-../../issue-7", "../sandboxes/issue-7"])
async def test_a_snapshot_that_is_not_there_is_gone(backend: LocalBackend, sandbox: LocalSandbox, snapshot_id: str) -> None:
    await sandbox.snapshot()

    with pytest.raises(SnapshotGone, match="start from the base"):
        await backend.create(SandboxSpec(name="job-2", session="issue-8", snapshot_id=snapshot_id))

    assert len(await backend.list({})) == 1


@outside_of_the_sandbox
@pytest.mark.parametrize("damage", ["no manifest", "half a manifest", "no workspace", "no home"])
async def test_a_damaged_snapshot_is_gone_and_leaves_no_sandbox(
    backend: LocalBackend, sandbox: LocalSandbox, root: Path, damage: str
) -> None:
    snapshot_id = await sandbox.snapshot()
    await sandbox.terminate()
    folder = root / "snapshots" / snapshot_id
    match damage:
        case "no manifest":
            (folder / "snapshot.json").unlink()
        case "half a manifest":
            (folder / "snapshot.json").write_text('{"version":')
        case "no workspace":
            (folder / "workspace").rmdir()
        case "no home":
            (folder / "home").rmdir()

    with pytest.raises(SnapshotGone, match="start from the base"):
        await backend.create(successor(snapshot_id))

    assert await backend.list({}) == []
    assert (await backend.create(SandboxSpec(name="job-2", session="issue-7"))).started_from == "base"


@outside_of_the_sandbox
async def test_a_deleted_snapshot_is_gone_and_an_unknown_one_no_error(
    backend: LocalBackend, sandbox: LocalSandbox, root: Path
) -> None:
    snapshot_id = await sandbox.snapshot()

    for doomed in (snapshot_id, snapshot_id, "snap-never", "../sandboxes/issue-7"):
        await backend.delete_snapshot(doomed)

    with pytest.raises(SnapshotGone):
        await backend.create(SandboxSpec(name="job-2", session="issue-8", snapshot_id=snapshot_id))
    assert list((root / "snapshots").iterdir()) == []
    assert (await sandbox.run(["true"])).exit_code == 0


async def test_a_snapshot_that_can_not_be_copied_leaves_nothing_behind(
    unisolated: LocalSandbox, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bin" / "cp"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho 'cp: No space left on device' >&2; exit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(broken.parent), prepend=":")

    with pytest.raises(SandboxError, match="No space left on device"):
        await unisolated.snapshot()

    assert list((root / "snapshots").iterdir()) == []


async def test_a_folder_that_the_agent_closed_to_everybody_is_removed(sandbox: LocalSandbox, root: Path) -> None:
    await sandbox.run(["sh", "-c", "mkdir -p a/b/c && touch a/b/c/file && chmod 000 a/b a"])

    await sandbox.terminate()

    assert not (root / "sandboxes" / "issue-7").exists()


@outside_of_the_sandbox
async def test_removing_a_sandbox_follows_no_link_out_of_it(sandbox: LocalSandbox, root: Path, tmp_path: Path) -> None:
    kept = tmp_path / "of-the-host"
    kept.mkdir()
    (kept / "file").write_text("kept")
    (root / "sandboxes" / "issue-7" / "workspace" / "link").symlink_to(kept)

    await sandbox.terminate()

    assert (kept / "file").read_text() == "kept"


@pytest.mark.further
@outside_of_the_sandbox
async def test_folders_in_folders_deeper_than_python_calls_are_kept_and_removed(
    backend: LocalBackend, sandbox: LocalSandbox, root: Path
) -> None:
    deeper = f"import os\nfor _ in range({sys.getrecursionlimit() + 200}): os.mkdir('d'); os.chdir('d')"
    assert (await sandbox.run(["python3", "-c", deeper])).exit_code == 0

    snapshot_id = await sandbox.snapshot()
    await sandbox.terminate()
    await (await backend.create(successor(snapshot_id))).terminate()
    await backend.delete_snapshot(snapshot_id)

    assert [*(root / "sandboxes").iterdir(), *(root / "snapshots").iterdir()] == []
    assert await backend.list({}) == []
