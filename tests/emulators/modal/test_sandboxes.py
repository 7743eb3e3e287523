"""Sandboxes of the emulated Modal, used through the unmodified SDK."""

from __future__ import annotations

from collections.abc import Callable

import modal
import pytest

from tests.emulators.modal.in_sandbox import run
from tests.modal_service import ModalService

Create = Callable[..., modal.Sandbox]


def test_a_command_has_its_streams_its_exit_code_and_its_environment(create: Create, client: modal.Client) -> None:
    modal.Secret.objects.create("named", {"NAMED": "two"}, allow_existing=True, client=client)
    secrets = [modal.Secret.from_dict({"INLINE": "one"}), modal.Secret.from_name("named", client=client)]
    sandbox = create(secrets=secrets, env={"PLAIN": "zero"}, workdir="/srv/job")
    command = "echo $PLAIN $INLINE $NAMED $OWN $PWD; echo trouble >&2; exit 3"

    assert run(sandbox, command, secrets=[modal.Secret.from_dict({"OWN": "three"})]) == (
        "zero one two three /srv/job\n",
        "trouble\n",
        3,
    )
    assert run(sandbox, "echo $OWN") == ("\n", "", 0)  # a secret of one command is no other's


def test_output_arrives_while_the_command_runs(create: Create) -> None:
    sandbox = create()
    process = sandbox.exec("bash", "-c", "echo first; read line; echo got $line", bufsize=1)
    lines = iter(process.stdout)

    assert next(lines) == "first\n"
    process.stdin.write("more\n")
    process.stdin.drain()
    assert next(lines) == "got more\n"
    assert process.wait() == 0


def test_long_output_arrives_whole(create: Create) -> None:
    output, _, code = run(create(), "seq 1 200000")
    assert (output.count("\n"), output[-7:], code) == (200000, "200000\n", 0)


def test_standard_input_ends_where_the_caller_ends_it(create: Create) -> None:
    process = create().exec("cat")
    process.stdin.write(b"one\ntwo")
    process.stdin.write_eof()
    process.stdin.drain()
    assert (process.stdout.read(), process.wait()) == ("one\ntwo", 0)


def test_a_signal_counts_as_128_and_its_number(create: Create) -> None:
    assert run(create(), "kill -9 $$")[2] == 137


def test_a_command_past_its_time_limit_is_killed(create: Create) -> None:
    sandbox = create()
    # Killed by the sandbox, or given up by the SDK, whichever clock is first.
    assert sandbox.exec("sleep", "4711", timeout=1).wait() in (137, -1)
    assert run(sandbox, "pgrep -f 'sleep 471[1]'")[2] == 1


def test_a_missing_program_ends_with_127(create: Create) -> None:
    process = create().exec("no-such-program")
    assert process.wait() == 127
    assert "no-such-program" in process.stderr.read()


def test_a_terminal_is_a_terminal(create: Create) -> None:
    process = create().exec("bash", "-c", "[ -t 1 ] && echo tty; read line; echo got $line", pty=True)
    process.stdin.write("yes\n")
    process.stdin.drain()
    output = process.stdout.read()
    assert "tty" in output
    assert "got yes" in output


def test_arguments_over_64_kib_are_refused(create: Create) -> None:
    with pytest.raises(modal.exception.InvalidError):
        create().exec("echo", "x" * 70_000)


def test_a_sandbox_is_found_by_id_by_name_and_by_tags(create: Create, app: modal.App, client: modal.Client) -> None:
    sandbox = create(name="job-7", tags={"job": "7", "kind": "agent"})
    create(tags={"job": "8", "kind": "agent"})

    by_id = modal.Sandbox.from_id(sandbox.object_id, client=client)
    assert app.name is not None
    by_name = modal.Sandbox.from_name(app.name, "job-7", client=client)
    listed = list(modal.Sandbox.list(app_id=app.app_id, tags={"job": "7"}, client=client))

    assert [found.object_id for found in (by_id, by_name, *listed)] == [sandbox.object_id] * 3
    assert by_id.poll() is None
    assert run(by_id, "echo still here")[0] == "still here\n"
    assert sandbox.get_tags() == {"job": "7", "kind": "agent"}
    assert len(list(modal.Sandbox.list(app_id=app.app_id, tags={"kind": "agent"}, client=client))) == 2


def test_a_name_is_taken_until_its_sandbox_ends(create: Create, app: modal.App, client: modal.Client) -> None:
    first = create(name="job-9")
    with pytest.raises(modal.exception.AlreadyExistsError):
        create(name="job-9")
    first.terminate(wait=True)
    assert create(name="job-9").object_id != first.object_id


def test_a_terminated_sandbox_is_out_of_the_list_and_takes_no_command(
    create: Create, app: modal.App, client: modal.Client
) -> None:
    sandbox = create()
    assert sandbox.terminate(wait=True) == 137
    assert modal.Sandbox.from_id(sandbox.object_id, client=client).poll() == 137
    assert list(modal.Sandbox.list(app_id=app.app_id, client=client)) == []
    with pytest.raises((modal.exception.NotFoundError, modal.exception.ConflictError)):
        sandbox.exec("true").wait()


def test_an_entrypoint_is_the_sandbox(create: Create) -> None:
    command = "echo out; touch /tmp/ready; read line; echo got $line; exit 7"
    sandbox = create("bash", "-c", command, readiness_probe=modal.Probe.with_exec("test", "-f", "/tmp/ready"))
    sandbox.wait_until_ready(timeout=10)
    sandbox.stdin.write("word\n")
    sandbox.stdin.drain()
    sandbox.wait()
    assert (sandbox.returncode, sandbox.stdout.read()) == (7, "out\ngot word\n")


def test_the_time_limit_ends_a_sandbox(create: Create) -> None:
    sandbox = create(timeout=1)
    with pytest.raises(modal.exception.SandboxTimeoutError):
        sandbox.wait()
    assert sandbox.returncode == 124


def test_an_idle_sandbox_ends(create: Create, service: ModalService) -> None:
    sandbox = create(idle_timeout=1)
    sandbox.wait(raise_on_termination=False)
    assert service.sandbox(sandbox.object_id)["cause"] == "idle"


def test_a_life_of_more_than_24_hours_is_refused(create: Create) -> None:
    with pytest.raises(modal.exception.InvalidError):
        create(timeout=25 * 3600)


def test_limits_are_recorded_as_asked_for(create: Create, service: ModalService) -> None:
    sandbox = create(cpu=(0.5, 2), memory=(512, 2048), timeout=50, tags={"job": "1"})
    shown = service.sandbox(sandbox.object_id)
    assert (shown["milli_cpu"], shown["memory_mib"], shown["timeout_seconds"]) == ([500, 2000], [512, 2048], 50)
    assert (shown["state"], shown["tags"]) == ("running", {"job": "1"})


async def test_the_async_interface_works_the_same(client: modal.Client, app: modal.App, image: modal.Image) -> None:
    sandbox = await modal.Sandbox.create.aio(app=app, image=image, client=client, timeout=60)
    process = await sandbox.exec.aio("bash", "-c", "for i in 1 2 3; do echo $i; done")
    assert "".join([chunk async for chunk in process.stdout]) == "1\n2\n3\n"
    assert await process.wait.aio() == 0
    await sandbox.terminate.aio()


def test_what_ran_is_billed_by_the_second(create: Create, service: ModalService) -> None:
    before = service.stats()
    sandbox = create(cpu=2, memory=4096)
    run(sandbox, "sleep 0.3")
    sandbox.terminate(wait=True)
    after = service.stats()

    seconds = service.sandbox(sandbox.object_id)["seconds"]
    assert seconds >= 0.3
    assert after["sandbox_seconds"] - before["sandbox_seconds"] >= seconds - 0.01
    assert after["core_seconds"] - before["core_seconds"] >= 2 * seconds - 0.01
    assert after["gib_seconds"] - before["gib_seconds"] >= 4 * seconds - 0.01
    assert after["calls"]["SandboxCreateV2"] == before["calls"].get("SandboxCreateV2", 0) + 1
