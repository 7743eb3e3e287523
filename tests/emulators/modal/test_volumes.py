"""Volumes: a sandbox's writes are its own until they are committed."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import modal
import pytest

from tests.emulators.modal.in_sandbox import run

Create = Callable[..., modal.Sandbox]


@pytest.fixture
def volume(client: modal.Client) -> modal.Volume:
    return modal.Volume.from_name(f"volume-{secrets.token_hex(4)}", create_if_missing=True, version=2, client=client)


def content(volume: modal.Volume, path: str) -> bytes:
    return b"".join(volume.read_file(path))


def test_nobody_sees_a_write_before_it_is_committed(create: Create, volume: modal.Volume) -> None:
    writer, reader = create(volumes={"/data": volume}), create(volumes={"/data": volume})
    run(writer, "mkdir /data/sub && echo one > /data/sub/file")
    assert volume.listdir("/", recursive=True) == []
    assert run(reader, "ls /data")[0] == ""

    writer.exec("sync", "/data").wait()
    assert content(volume, "sub/file") == b"one\n"
    assert run(reader, "ls /data")[0] == ""  # a reader keeps its view until it reloads
    reader.reload_volumes()
    assert run(reader, "cat /data/sub/file")[0] == "one\n"


def test_the_end_of_a_sandbox_commits(create: Create, volume: modal.Volume) -> None:
    first = create(volumes={"/data": volume})
    run(first, "echo kept > /data/file; echo x > /data/removed")
    first.terminate(wait=True)
    second = create(volumes={"/data": volume})
    run(second, "rm /data/removed")
    second.terminate(wait=True)
    assert [entry.path for entry in volume.listdir("/")] == ["file"]


def test_the_last_writer_of_a_file_wins_and_other_files_stay(create: Create, volume: modal.Volume) -> None:
    first, second = create(volumes={"/data": volume}), create(volumes={"/data": volume})
    run(first, "echo first > /data/both; echo first > /data/mine")
    run(second, "echo second > /data/both")
    first.exec("sync", "/data").wait()
    second.exec("sync", "/data").wait()
    assert (content(volume, "both"), content(volume, "mine")) == (b"second\n", b"first\n")


def test_a_file_that_was_not_touched_is_not_committed_over_anothers(create: Create, volume: modal.Volume) -> None:
    before = create(volumes={"/data": volume})
    run(before, "echo old > /data/file; echo old > /data/gone")
    before.terminate(wait=True)
    first, second = create(volumes={"/data": volume}), create(volumes={"/data": volume})
    run(first, "echo new > /data/file; rm /data/gone")
    run(second, "echo other > /data/other")
    first.exec("sync", "/data").wait()
    second.exec("sync", "/data").wait()
    assert sorted(entry.path for entry in volume.listdir("/")) == ["file", "other"]
    assert content(volume, "file") == b"new\n"


def test_an_open_file_blocks_a_reload(create: Create, volume: modal.Volume) -> None:
    sandbox = create(volumes={"/data": volume})
    process = sandbox.exec("bash", "-c", "exec 3> /data/file; echo open; read line", bufsize=1)
    assert next(iter(process.stdout)) == "open\n"
    with pytest.raises(modal.exception.ConflictError, match="open files"):
        sandbox.reload_volumes()
    process.stdin.write("close\n")
    process.stdin.drain()
    process.wait()
    sandbox.reload_volumes()


def test_a_read_only_mount_takes_no_write(create: Create, volume: modal.Volume) -> None:
    sandbox = create(volumes={"/data": volume.with_mount_options(read_only=True)})
    assert "Read-only" in run(sandbox, "touch /data/x")[1]


def test_the_caller_uploads_and_removes_without_a_sandbox(create: Create, volume: modal.Volume) -> None:
    with volume.batch_upload() as batch:
        batch.put_file(__file__, "/up/here.py")
    sandbox = create(volumes={"/data": volume})
    assert run(sandbox, "head -c 10 /data/up/here.py")[0] == '"""Volumes'
    volume.remove_file("/up", recursive=True)
    assert volume.listdir("/") == []


def test_a_snapshot_leaves_volumes_out(create: Create, volume: modal.Volume) -> None:
    sandbox = create(volumes={"/data": volume})
    run(sandbox, "echo x > /data/file")
    assert run(create(image=sandbox.snapshot_filesystem(ttl=60)), "ls /data")[0] == ""
