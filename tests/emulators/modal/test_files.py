"""The file API of a sandbox."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import modal
import modal.types
import pytest

from tests.emulators.modal.in_sandbox import run

Create = Callable[..., modal.Sandbox]


def test_what_is_written_can_be_read_seen_and_listed(create: Create) -> None:
    files = create().filesystem
    data = os.urandom(3 * 1024 * 1024)
    files.write_text("héllo\n", "/srv/new/folder/text")
    files.write_bytes(data, "/srv/new/folder/big")

    assert files.read_text("/srv/new/folder/text") == "héllo\n"
    assert files.read_bytes("/srv/new/folder/big") == data
    assert [entry.name for entry in files.list_files("/srv/new/folder")] == ["big", "text"]
    assert files.stat("/srv/new/folder/big").size == len(data)


def test_rewriting_a_file_keeps_its_mode(create: Create) -> None:
    sandbox = create()
    run(sandbox, "install -m 755 /dev/null /srv/tool")
    sandbox.filesystem.write_text("new", "/srv/tool")
    assert run(sandbox, "stat -c %a /srv/tool; cat /srv/tool")[0] == "755\nnew"


def test_folders_are_made_and_removed(create: Create) -> None:
    files = create().filesystem
    files.make_directory("/srv/a/b", create_parents=True)
    files.write_text("x", "/srv/a/b/c")
    with pytest.raises(modal.exception.SandboxFilesystemDirectoryNotEmptyError):
        files.remove("/srv/a")
    files.remove("/srv/a", recursive=True)
    assert files.list_files("/srv") == []


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/nope", modal.exception.SandboxFilesystemNotFoundError),
        ("/srv", modal.exception.SandboxFilesystemIsADirectoryError),
        ("/etc/passwd/nope", modal.exception.SandboxFilesystemError),
    ],
)
def test_reading_what_is_no_file_says_why(create: Create, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        create().filesystem.read_text(path)


def test_a_link_leads_nowhere_but_inside(create: Create, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("the host's")
    sandbox = create()
    run(sandbox, f"mkdir -p {tmp_path} && ln -s {outside} /srv/link && ln -s / /srv/root")
    for path in ("/srv/link", f"/srv/root{outside}"):
        with pytest.raises(modal.exception.SandboxFilesystemNotFoundError):
            sandbox.filesystem.read_text(path)


def test_a_change_is_seen_by_a_watcher(create: Create) -> None:
    sandbox = create()
    writer = threading.Timer(0.3, lambda: sandbox.filesystem.write_text("x", "/srv/done"))
    writer.start()
    seen = next(event for event in sandbox.filesystem.watch("/srv", timeout=10) if "/srv/done" in event.paths)
    writer.join()
    assert seen.type in (modal.types.FileWatchEventType.Create, modal.types.FileWatchEventType.Modify)
