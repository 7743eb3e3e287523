"""Images: built from layers, kept under names, snapshots among them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import modal
import pytest

from tests.emulators.modal.in_sandbox import run
from tests.modal_service import ModalService

Create = Callable[..., modal.Sandbox]


def test_layers_build_on_each_other(create: Create, app: modal.App) -> None:
    image = (
        modal.Image.debian_slim(python_version="3.11")
        .apt_install("git")
        .env({"COLOUR": "deep blue"})
        .run_commands(
            "mkdir /opt/app && echo $COLOUR $TOKEN > /opt/app/file", secrets=[modal.Secret.from_dict({"TOKEN": "t0"})]
        )
        .workdir("/srv/job")
        .run_commands("rm /opt/app/file.gone 2>/dev/null; echo second >> /opt/app/file")
    )
    image.build(app)
    assert (
        run(create(image=image), "cat /opt/app/file; echo $COLOUR $TOKEN; pwd")[0]
        == "deep blue t0\nsecond\ndeep blue\n/srv/job\n"
    )


def test_the_same_layers_are_built_once(app: modal.App, service: ModalService) -> None:
    line = f"echo {secrets.token_hex(8)}"
    before = service.stats()["builds"]
    for _ in range(2):
        modal.Image.from_registry("debian:12").run_commands(line).build(app)
    assert service.stats()["builds"] - before <= 2  # the registry's layer and the command's


def test_a_failing_command_fails_the_build_with_its_output(app: modal.App) -> None:
    image = modal.Image.debian_slim().run_commands("echo before the end; exit 9")
    with pytest.raises(modal.exception.ImageBuildError, match=r"exit code 9(.|\n)*before the end"):
        image.build(app)


def test_a_build_fails_on_demand_and_works_the_next_time(app: modal.App, service: ModalService) -> None:
    line = f"echo {secrets.token_hex(8)}"
    service.arm("fail_build", message="no space left on the builder")
    with pytest.raises(modal.exception.ImageBuildError, match="no space left on the builder"):
        modal.Image.debian_slim().run_commands(line).build(app)
    modal.Image.debian_slim().run_commands(line).build(app)


def test_a_named_image_is_found_by_its_name(create: Create, app: modal.App, client: modal.Client) -> None:
    name = f"base-{secrets.token_hex(4)}"
    with pytest.raises(modal.exception.NotFoundError):
        create(image=modal.Image.from_name(name, client=client))
    image = modal.Image.debian_slim().run_commands("echo mine > /opt/mark")
    image.build(app)
    image.publish(name, client=client)
    assert run(create(image=modal.Image.from_name(name, client=client)), "cat /opt/mark")[0] == "mine\n"


@pytest.mark.parametrize("copy", [True, False])
def test_files_of_the_caller_are_in_the_image(create: Create, tmp_path: Path, copy: bool) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("from here")
    (tmp_path / "tool").write_text("#!/bin/sh\necho a tool")
    (tmp_path / "tool").chmod(0o755)
    image = (
        modal.Image.debian_slim()
        .add_local_dir(tmp_path / "folder", "/opt/folder", copy=copy)
        .add_local_file(tmp_path / "tool", "/usr/local/bin/tool", copy=copy)
    )
    assert run(create(image=image), "cat /opt/folder/file; tool")[0] == "from herea tool\n"


def test_a_snapshot_holds_what_was_written_and_what_was_removed(create: Create, app: modal.App, client: modal.Client) -> None:
    image = (
        modal.Image.debian_slim().run_commands("mkdir /opt/app && touch /opt/app/old && mkdir /opt/app/gone").env({"A": "b"})
    )
    sandbox = create(image=image)
    run(sandbox, "cd /opt/app && rm -r old gone && mkdir gone && touch gone/new && chmod 700 . && rm /etc/hostname")
    snapshot = sandbox.snapshot_filesystem(ttl=3600)
    run(sandbox, "touch /opt/app/later")
    sandbox.terminate(wait=True)

    again = create(image=modal.Image.from_id(snapshot.object_id, client=client))
    assert (
        run(again, "cd /opt/app && find . | sort; stat -c %a .; ls /etc/hostname; echo $A")[0]
        == ".\n./gone\n./gone/new\n700\nb\n"
    )
    second = again.snapshot_filesystem(ttl=3600)
    assert run(create(image=second), "ls /opt/app/gone")[0] == "new\n"


def test_an_expired_snapshot_is_gone(create: Create, service: ModalService) -> None:
    snapshot = create().snapshot_filesystem(ttl=3600)
    service.forget_image(snapshot.object_id)
    with pytest.raises(modal.exception.NotFoundError):
        create(image=snapshot)


def test_a_sandbox_outlives_the_snapshot_that_it_was_made_from(create: Create, service: ModalService) -> None:
    snapshot = create().snapshot_filesystem(ttl=3600)
    sandbox = create(image=snapshot)
    service.forget_image(snapshot.object_id)
    assert run(create(image=sandbox.snapshot_filesystem(ttl=3600)), "echo here")[0] == "here\n"
    sandbox.terminate(wait=True)
    assert service.sandbox(sandbox.object_id)["state"] == "ended"


def test_a_damaged_snapshot_starts_and_holds_nothing(create: Create, service: ModalService) -> None:
    sandbox = create()
    run(sandbox, "echo kept >/srv/file")
    snapshot = sandbox.snapshot_filesystem(ttl=3600)
    service.damage_image(snapshot.object_id)
    assert run(create(image=snapshot), "ls /srv")[0] == ""


def test_a_snapshot_lives_as_long_as_its_ttl(create: Create) -> None:
    sandbox = create()
    snapshot = sandbox.snapshot_filesystem(ttl=1)
    assert create(image=snapshot).poll() is None
    run(sandbox, "sleep 1.1")
    with pytest.raises(modal.exception.NotFoundError):
        create(image=snapshot)


def test_a_folder_s_snapshot_can_be_laid_over_another_sandbox(create: Create) -> None:
    first, second = create(), create()
    run(first, "mkdir -p /srv/data && echo kept > /srv/data/file")
    folder = first.snapshot_directory("/srv/data", ttl=3600)
    second.mount_image("/srv/here", folder)
    run(second, "echo changed >> /srv/here/file")
    assert run(second, "cat /srv/here/file")[0] == "kept\nchanged\n"
    assert run(first, "cat /srv/data/file")[0] == "kept\n"
    second.unmount_image("/srv/here")
    assert run(second, "ls -A /srv/here")[0] == ""


def test_a_sandbox_that_dies_leaves_an_exit_snapshot(create: Create, service: ModalService) -> None:
    sandbox = create(experimental_options={"enable_exit_snapshot": True})
    run(sandbox, "echo saved > /srv/work")
    service.end(sandbox.object_id, "oom")
    snapshot = sandbox._experimental_get_exit_snapshot(timeout=10)
    assert run(create(image=snapshot), "cat /srv/work")[0] == "saved\n"
