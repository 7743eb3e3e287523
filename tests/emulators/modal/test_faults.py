"""What goes wrong on demand, and what the SDK makes of it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from typing import Any

import modal
import pytest

from tests.emulators.modal.in_sandbox import run
from tests.modal_service import ModalService

Create = Callable[..., modal.Sandbox]


def test_a_lost_answer_to_create_makes_one_sandbox(create: Create, service: ModalService) -> None:
    tag = secrets.token_hex(4)
    service.arm("lose_answer", rpc="SandboxCreateV2", times=2)
    create(tags={"try": tag})
    assert len(service.sandboxes(**{"try": tag})) == 1
    assert service.armed() == []


def test_a_lost_answer_to_exec_runs_the_command_once(create: Create, service: ModalService) -> None:
    sandbox = create()
    service.arm("lose_answer", rpc="TaskExecStart")
    service.arm("lose_answer", rpc="TaskExecWait")
    run(sandbox, "echo ran >> /srv/runs")
    assert run(sandbox, "cat /srv/runs")[0] == "ran\n"


def test_a_lost_answer_to_stdin_writes_once(create: Create, service: ModalService) -> None:
    process = create().exec("cat")
    service.arm("lose_answer", rpc="TaskExecStdinWrite")
    process.stdin.write("once")
    process.stdin.write_eof()
    process.stdin.drain()
    assert process.stdout.read() == "once"


def test_a_dropped_stream_loses_no_byte(create: Create, service: ModalService) -> None:
    sandbox = create()
    service.arm("drop_stream", rpc="TaskExecStdioRead", after_bytes=100_000, times=3)
    output, _, code = run(sandbox, "seq 1 100000")
    assert (output, code) == ("".join(f"{number}\n" for number in range(1, 100001)), 0)
    assert service.armed() == []


def test_expired_tokens_are_renewed(service: ModalService, create: Create) -> None:
    service.change(auth_seconds=0.5, router_seconds=0.5)
    sandbox = create()
    before = service.calls("SandboxGetCommandRouterAccess")
    run(sandbox, "sleep 0.6")
    assert run(sandbox, "echo again")[0] == "again\n"
    assert service.calls("SandboxGetCommandRouterAccess") > before


def test_by_a_clock_far_ahead_a_token_is_refused_that_its_owner_thinks_good(service: ModalService, create: Create) -> None:
    sandbox = create()
    assert run(sandbox, "echo before")[0] == "before\n"
    service.change(clock_ahead_seconds=700)  # more than the token lives
    with pytest.raises(modal.exception.AuthError, match="expired"):
        run(sandbox, "echo after")


def test_an_outage_cuts_streams_and_they_go_on_after_it(create: Create, service: ModalService) -> None:
    process = create().exec("bash", "-c", "echo before; read line; echo after", bufsize=1)
    lines = iter(process.stdout)
    assert next(lines) == "before\n"
    service.arm("outage", seconds=0.5)
    process.stdin.write("go\n")
    process.stdin.drain()
    assert next(lines) == "after\n"


def test_a_lost_sandbox_is_never_heard_of_again(create: Create, service: ModalService, client: modal.Client) -> None:
    sandbox = create(tags={"job": "lost"})
    service.end(sandbox.object_id, "lost")
    with pytest.raises(modal.exception.NotFoundError):
        modal.Sandbox.from_id(sandbox.object_id, client=client)
    with pytest.raises(modal.exception.NotFoundError):
        sandbox.exec("true").wait()


def test_a_sandbox_killed_for_memory_ends_with_137(create: Create, service: ModalService) -> None:
    sandbox = create()
    service.end(sandbox.object_id, "oom")
    sandbox.wait(raise_on_termination=False)
    assert sandbox.returncode == 137


async def test_a_create_that_is_given_up_still_makes_a_sandbox(
    service: ModalService, client: modal.Client, app: modal.App, image: modal.Image
) -> None:
    name = f"slow-{secrets.token_hex(4)}"
    await modal.Sandbox.create.aio(app=app, image=image, client=client, timeout=20)  # the image is built now
    service.arm("delay", rpc="SandboxCreateV2", seconds=0.5)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(modal.Sandbox.create.aio(app=app, image=image, client=client, name=name, timeout=20), 0.2)
    found: list[dict[str, Any]] = []
    assert app.name is not None
    async with asyncio.timeout(10):
        while not found:
            with contextlib.suppress(modal.exception.NotFoundError):
                found = [service.sandbox((await modal.Sandbox.from_name.aio(app.name, name, client=client)).object_id)]
    assert found[0]["state"] == "running"
    service.end(found[0]["id"], "terminated")


def test_a_create_that_was_refused_is_tried_again(create: Create, service: ModalService) -> None:
    service.arm("refuse", rpc="SandboxCreateV2", times=2)
    assert create().poll() is None
    assert service.armed() == []


def test_a_full_account_refuses_another_sandbox(create: Create, service: ModalService) -> None:
    create()
    service.change(max_sandboxes=1)
    with pytest.raises(modal.exception.ResourceExhaustedError, match="limit of 1"):
        create()


def test_any_call_is_refused_on_demand(create: Create, service: ModalService) -> None:
    service.arm("refuse", rpc="SandboxCreateV2", status="PERMISSION_DENIED", message="billing is off")
    with pytest.raises(modal.exception.PermissionDeniedError, match="billing is off"):
        create()
    create()


def test_a_wrong_token_is_turned_away(service: ModalService) -> None:
    with pytest.raises(modal.exception.AuthError):
        modal.App.lookup("any", create_if_missing=True, client=service.client(MODAL_TOKEN_SECRET="wrong"))
