"""What is Modal's own in the `modal` backend: its faults, who runs what, what a snapshot holds, what a call costs."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import modal
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import run, run_start
from sandbox.browser import VERSION
from sandbox.modal import BaseImage, ModalBackend, ModelKey, kill_program
from sandbox.modal.process import ModalProcess
from sandbox.modal.sandbox import ModalSandbox
from sandbox.protocol import NoRoom, SandboxError, SandboxGone, SandboxSpec, SnapshotGone
from sandbox.secret import Secret
from tests.modal_service import ModalService
from tests.sandbox import agents
from tests.sandbox.modal_backend import Connected, connected, fresh_backend

__all__ = ["connected"]  # a fixture

SPEC = SandboxSpec(name="job-1", session="issue-7", tags={"job": "1"}, cpu=1, memory_mib=512, timeout_seconds=600)


@pytest.fixture
async def backend(connected: Connected) -> AsyncIterator[ModalBackend]:
    async with fresh_backend(connected) as backend:
        yield backend


@pytest.fixture
def service(connected: Connected) -> ModalService:
    return connected.service


@pytest.fixture
async def sandbox(backend: ModalBackend) -> ModalSandbox:
    return await backend.create(SPEC)


def same_app(backend: ModalBackend, connected: Connected) -> ModalBackend:
    """As another process of Harvest would see it."""
    return ModalBackend(app_name=backend.app_name, client=connected.client)


class Calls:
    """Counts the calls that Modal gets while something happens."""

    def __init__(self, service: ModalService) -> None:
        self._service = service
        self._before = Counter(service.stats()["calls"])

    def since(self) -> Counter[str]:
        now = Counter(self._service.stats()["calls"])
        now.subtract(self._before)
        return +now


async def test_limits_name_and_tags_are_part_of_the_create(sandbox: ModalSandbox, service: ModalService) -> None:
    shown = service.sandbox(sandbox.id)

    assert shown["name"] == "job-1"
    assert shown["tags"]["job"] == "1"
    assert (shown["milli_cpu"], shown["memory_mib"], shown["timeout_seconds"]) == ([1000, 1000], [512, 512], 600)


async def test_a_life_longer_than_modal_allows_is_cut_to_it(backend: ModalBackend, service: ModalService) -> None:
    sandbox = await backend.create(SandboxSpec(name="long", session="s", timeout_seconds=3 * 24 * 3600))
    assert service.sandbox(sandbox.id)["timeout_seconds"] == 24 * 3600


async def test_a_create_whose_answers_are_lost_makes_one_sandbox(backend: ModalBackend, service: ModalService) -> None:
    service.arm("lose_answer", rpc="SandboxCreateV2", times=2)
    sandbox = await backend.create(SPEC)
    assert [summary.id for summary in await backend.list({})] == [sandbox.id]


async def test_a_slow_create_that_was_given_up_is_adopted_by_another_process(
    backend: ModalBackend, connected: Connected
) -> None:
    await backend.list({})  # connected already
    connected.service.arm("delay", rpc="SandboxCreateV2", seconds=0.7)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(backend.create(SPEC), 0.2)

    adopted = await same_app(backend, connected).create(SPEC)

    await backend.close()
    assert [summary.id for summary in await backend.list({})] == [adopted.id]
    assert (await adopted.run(["echo", "alive"])).stdout == b"alive\n"


async def test_a_create_that_was_given_up_is_joined_by_the_next_one(backend: ModalBackend, service: ModalService) -> None:
    await backend.list({})  # connected already
    calls = Calls(service)
    service.arm("delay", rpc="SandboxCreateV2", seconds=0.5)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(backend.create(SPEC), 0.2)

    sandbox = await backend.create(SPEC)

    assert calls.since()["SandboxCreateV2"] == 1
    assert [summary.id for summary in await backend.list({})] == [sandbox.id]


async def test_two_processes_that_create_one_name_at_once_get_one_sandbox(backend: ModalBackend, connected: Connected) -> None:
    made = await asyncio.gather(*(process.create(SPEC) for process in (backend, same_app(backend, connected))))
    assert made[0].id == made[1].id


async def test_without_a_base_image_the_error_says_how_to_build_it(connected: Connected) -> None:
    backend = ModalBackend(base_image=BaseImage(name="not-built"), client=connected.client)
    with pytest.raises(SandboxError, match=r"not-built is not there.*`harvest image build`"):
        await backend.create(SPEC)


async def test_an_image_that_fails_to_build_shows_the_end_of_its_log(connected: Connected) -> None:
    image = BaseImage(name="broken", extra_commands=("echo the reason; exit 7",))
    with pytest.raises(SandboxError, match=r"broken could not be built(.|\n)*the reason"):
        await ModalBackend(base_image=image, client=connected.client).build_base_image()


async def test_an_image_without_harvests_user_is_named_and_not_waited_for(connected: Connected) -> None:
    backend = ModalBackend(base_image=BaseImage(name="foreign"), client=connected.client)
    app = await modal.App.lookup.aio("foreign", create_if_missing=True, client=connected.client)
    image = modal.Image.from_registry("debian:12")
    await image.build.aio(app)
    await image.publish.aio("foreign", client=connected.client)
    sandbox = await backend.create(SandboxSpec(name="foreign", session="s"))
    with pytest.raises(SandboxGone, match="`harvest image build`"):
        await sandbox.run(["true"])


async def test_a_wrong_token_names_the_settings(connected: Connected) -> None:
    stranger = await asyncio.to_thread(connected.service.client, MODAL_TOKEN_SECRET="wrong")
    with pytest.raises(SandboxError, match="MODAL_TOKEN_ID and MODAL_TOKEN_SECRET"):
        await ModalBackend(client=stranger).create(SPEC)


async def test_a_full_account_says_so_and_nothing_is_left_running(backend: ModalBackend, service: ModalService) -> None:
    service.change(max_sandboxes=0)
    with pytest.raises(NoRoom, match="quota"):
        await backend.create(SPEC)
    service.heal()
    assert await backend.list({}) == []


async def test_an_expired_snapshot_is_gone(backend: ModalBackend, connected: Connected) -> None:
    first = ModalBackend(app_name=backend.app_name, client=connected.client, snapshot_ttl_seconds=1)
    sandbox = await first.create(SPEC)
    snapshot = await sandbox.snapshot()
    await sandbox.run(["sleep", "1.1"])
    with pytest.raises(SnapshotGone, match="start from the base"):
        await backend.create(SandboxSpec(name="job-2", session="issue-7", snapshot_id=snapshot))


async def test_a_snapshot_that_is_damaged_is_as_good_as_gone(backend: ModalBackend, service: ModalService) -> None:
    snapshot = await (await backend.create(SPEC)).snapshot()
    service.damage_image(snapshot)
    with pytest.raises(SnapshotGone, match="start from the base"):
        await backend.create(SandboxSpec(name="job-2", session="issue-7", snapshot_id=snapshot))
    assert [summary.name for summary in await backend.list({})] == ["job-1"]


@pytest.mark.parametrize("status", ["FAILED_PRECONDITION", "DATA_LOSS"])
async def test_a_snapshot_that_modal_can_t_read_is_as_good_as_gone(
    backend: ModalBackend, service: ModalService, status: str
) -> None:
    snapshot = await (await backend.create(SPEC)).snapshot()
    service.arm("refuse", rpc="SandboxCreateV2", status=status, message="the image could not be read")
    with pytest.raises(SnapshotGone, match="could not be read"):
        await backend.create(SandboxSpec(name="job-2", session="issue-7", snapshot_id=snapshot))


async def test_a_sandbox_that_harvest_did_not_make_is_not_its_business(backend: ModalBackend, connected: Connected) -> None:
    app = await modal.App.lookup.aio(backend.app_name, create_if_missing=True, client=connected.client)
    image = modal.Image.from_registry("debian:12")
    foreign = await modal.Sandbox.create.aio(app=app, image=image, client=connected.client, timeout=60)

    assert await backend.list({}) == []
    with pytest.raises(SandboxGone, match="not made by Harvest"):
        await backend.attach(foreign.object_id)
    await foreign.terminate.aio()


async def test_commands_run_as_a_user_that_can_t_become_root(sandbox: ModalSandbox) -> None:
    shown = (await sandbox.run(["sh", "-c", "id -un; grep -E 'NoNewPrivs|CapBnd|CapEff' /proc/self/status"])).stdout.decode()
    assert shown.split() == ["harvest", "CapEff:", "0" * 16, "CapBnd:", "0" * 16, "NoNewPrivs:", "1"]
    assert sandbox.isolated


async def test_the_model_s_key_is_put_into_requests_outside_of_the_sandbox(connected: Connected) -> None:
    await modal.Secret.objects.create.aio("model", {"ANTHROPIC_API_KEY": "sk-real"}, client=connected.client)
    key = ModelKey("model", "api.anthropic.com")
    backend = ModalBackend(app_name="keyless", client=connected.client, model_key=key)

    sandbox = await backend.create(SPEC)

    (replaced,) = connected.service.sandbox(sandbox.id)["header_replacements"]
    assert (replaced["domain"], replaced["headers"]) == ("api.anthropic.com", {"x-api-key": "$ANTHROPIC_API_KEY"})
    assert replaced["secret_id"] == (await modal.Secret.from_name("model", client=connected.client).hydrate.aio()).object_id
    found = await sandbox.run(["sh", "-c", "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c sk-real"])
    assert found.stdout == b"0\n"
    await sandbox.terminate()
    without = await backend.create(replace(SPEC, name="builds-an-image", calls_model=False))
    assert connected.service.sandbox(without.id)["header_replacements"] == []
    await without.terminate()


@pytest.mark.parametrize("contents", [None, {"ANOTHER_KEY": "sk-real"}])
async def test_a_secret_that_is_not_there_or_lacks_the_key_is_named(
    connected: Connected, contents: dict[str, str] | None
) -> None:
    if contents is not None:
        await modal.Secret.objects.create.aio("lacking", contents, client=connected.client)
    key = ModelKey("lacking", "api.anthropic.com")
    with pytest.raises(SandboxError, match="no secret lacking with ANTHROPIC_API_KEY in it"):
        await ModalBackend(app_name="keyless", client=connected.client, model_key=key).create(SPEC)


async def test_a_secret_travels_with_its_command_and_is_stored_nowhere(sandbox: ModalSandbox, service: ModalService) -> None:
    calls = Calls(service)
    await sandbox.run(["true"], secrets={"KEY": Secret("sk-secret")})
    assert "SecretGetOrCreate" not in calls.since()
    found = await sandbox.run(["sh", "-c", "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c sk-secret"])
    assert found.stdout == b"0\n"


async def test_no_snapshot_holds_what_is_in_control(sandbox: ModalSandbox, connected: Connected) -> None:
    await sandbox.write_file(f"{sandbox.paths.control}/credentials", b"ghs_of-this-job")
    await sandbox.write_file(f"{sandbox.paths.workspace}/file", b"of-the-workspace")
    image = modal.Image.from_id(await sandbox.snapshot(), client=connected.client)
    app = await modal.App.lookup.aio("looker", create_if_missing=True, client=connected.client)
    looker = await modal.Sandbox.create.aio(app=app, image=image, client=connected.client, timeout=60)

    search = "grep -rlE 'ghs_of-this-job|of-the-workspace' /dev/shm /workspace /home /var /tmp /run /root /srv /mnt; true"
    process = await looker.exec.aio("sh", "-c", search)

    assert await process.stdout.read.aio() == "/workspace/file\n"
    await looker.terminate.aio()


async def test_a_cut_stream_loses_no_byte(sandbox: ModalSandbox, service: ModalService) -> None:
    service.arm("drop_stream", rpc="TaskExecStdioRead", after_bytes=100_000, times=3)
    done = await sandbox.run(["seq", "1", "100000"])
    assert done.stdout == "".join(f"{number}\n" for number in range(1, 100_001)).encode()


async def test_lost_answers_run_a_command_once_and_write_a_file_once(sandbox: ModalSandbox, service: ModalService) -> None:
    for rpc in ("TaskExecStart", "TaskExecStdinWrite"):
        service.arm("lose_answer", rpc=rpc)
    await sandbox.run(["sh", "-c", "cat >> runs"], stdin=b"once ")
    assert await sandbox.read_file(f"{sandbox.paths.workspace}/runs") == b"once "


async def test_tokens_that_expire_are_renewed_under_way(backend: ModalBackend, service: ModalService) -> None:
    service.change(auth_seconds=0.3, router_seconds=0.3)
    sandbox = await backend.create(SPEC)
    assert (await sandbox.run(["sh", "-c", "sleep 0.5; echo done"])).stdout == b"done\n"
    assert [summary.id for summary in await backend.list({})] == [sandbox.id]


async def test_a_clock_that_is_behind_modals_keeps_nothing_from_running(sandbox: ModalSandbox, service: ModalService) -> None:
    assert (await sandbox.run(["echo", "before"])).stdout == b"before\n"
    service.change(clock_ahead_seconds=700)  # the token has expired there, and to the SDK it is good for ten minutes
    assert (await sandbox.run(["echo", "after"])).stdout == b"after\n"
    assert await sandbox.snapshot()


async def test_an_agent_is_followed_through_an_outage(sandbox: ModalSandbox, service: ModalService) -> None:
    script = """
say(type="user", number=0)
while not os.path.exists("go"): threading.Event().wait(0.01)
for number in range(1, 500): say(type="user", number=number)
answer()
"""
    await run_start.start(sandbox, agents.RUN, agents.spec(sandbox, script, "begin"))
    seen = []
    async for _, line in run.follow(sandbox, agents.RUN):
        seen.append(json.loads(line).get("number"))
        if len(seen) == 1:
            await sandbox.write_file(f"{sandbox.paths.workspace}/go", b"")
            service.arm("outage", seconds=1)
    assert seen == [*range(500), None]


@pytest.mark.parametrize("cause", ["oom", "evicted", "lost"])
async def test_a_sandbox_that_dies_under_a_command_is_gone(
    backend: ModalBackend, sandbox: ModalSandbox, service: ModalService, cause: str
) -> None:
    process = await sandbox.start(["sh", "-c", "echo started; sleep 1000"])
    assert await anext(aiter(process.stdout)) == b"started\n"
    await asyncio.to_thread(service.end, sandbox.id, cause)

    with pytest.raises(SandboxGone):
        await process.wait()
    with pytest.raises(SandboxGone):
        await sandbox.run(["true"])
    with pytest.raises(SandboxGone):
        await backend.attach(sandbox.id)
    await sandbox.terminate()


@pytest.mark.parametrize("cause", ["oom", "timeout", "evicted"])
async def test_a_sandbox_that_ended_by_itself_leaves_what_it_held(
    backend: ModalBackend, service: ModalService, cause: str
) -> None:
    sandbox = await backend.create(SPEC)
    await sandbox.write_file(f"{sandbox.paths.workspace}/work", b"half done")
    assert await backend.exit_snapshot(sandbox.id) is None, "it lives"
    service.end(sandbox.id, cause)
    left = await backend.exit_snapshot(sandbox.id)
    assert left is not None
    after = await backend.create(replace(SPEC, name="after", snapshot_id=left))
    assert await after.read_file(f"{after.paths.workspace}/work") == b"half done"


async def test_of_a_sandbox_that_vanished_nothing_is_left(backend: ModalBackend, service: ModalService) -> None:
    sandbox = await backend.create(SPEC)
    service.end(sandbox.id, "lost")
    assert await backend.exit_snapshot(sandbox.id) is None


async def test_a_run_is_cancelled_also_when_its_command_can_t_be_ended(sandbox: ModalSandbox, service: ModalService) -> None:
    """Whoever cancels waits for it to stop, and would wait for ever."""
    begun = f"{sandbox.paths.tmp}/begun"
    running = asyncio.create_task(sandbox.run(["sh", "-c", f"touch {begun}; sleep 1000"]))
    while (await sandbox.run(["test", "-e", begun])).exit_code:
        continue
    service.arm("refuse", rpc="TaskExecPoll", status="NOT_FOUND")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_command_that_modal_reports_as_killed_may_have_died_with_its_sandbox() -> None:
    class Killed:
        """The one call of the SDK's process that is asked here; the emulator reports such an end otherwise."""

        class wait:  # noqa: N801
            @staticmethod
            async def aio() -> int:
                return 137

    async def gone() -> None:
        raise SandboxGone("ended")

    async def lives() -> None:
        return None

    killed: Any = Killed
    assert await ModalProcess("x", killed, end=lives, check_alive=lives, detached=False).wait() == -9
    with pytest.raises(SandboxGone):
        await ModalProcess("x", killed, end=lives, check_alive=gone, detached=False).wait()


async def test_any_other_refusal_is_an_error_with_its_reason(sandbox: ModalSandbox, service: ModalService) -> None:
    service.arm("refuse", rpc="TaskExecStart", status="PERMISSION_DENIED", message="billing is off")
    with pytest.raises(SandboxError, match="billing is off") as caught:
        await sandbox.run(["true"])
    assert not isinstance(caught.value, SandboxGone)
    assert (await sandbox.run(["true"])).exit_code == 0


async def test_what_a_job_s_usual_calls_cost(backend: ModalBackend, service: ModalService) -> None:
    await backend.list({})  # connected
    calls = Calls(service)
    sandbox = await backend.create(SPEC)
    assert calls.since() == Counter(ImageGetByTag=1, SandboxCreateV2=1)

    calls = Calls(service)
    await sandbox.run(["true"])
    assert calls.since() == Counter(TaskExecStart=1, TaskExecStdioRead=2, TaskExecWait=1)

    calls = Calls(service)
    await sandbox.write_file(f"{sandbox.paths.workspace}/file", b"data")
    assert calls.since() == Counter(TaskExecStart=1, TaskExecStdinWrite=1, TaskExecStdioRead=2, TaskExecWait=1)

    calls = Calls(service)
    await sandbox.terminate()
    assert calls.since() == Counter(SandboxTerminateV2=1, SandboxWaitV2=1)


def test_the_image_pins_the_cli_and_makes_the_user() -> None:
    commands = " && ".join(BaseImage(claude_version="1.2.3").commands())
    assert "@anthropic-ai/claude-code@1.2.3" in commands
    assert f"chrome-devtools-mcp@{VERSION}" in commands
    assert "useradd" in commands
    assert "harvest" in commands


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\n")), st.integers(2, 2**22), st.integers(0, 2**62))
def test_a_process_is_known_whatever_it_calls_itself(name: str, parent: int, start: int) -> None:
    line = f"4711 ({name}) S {parent} " + "0 " * 17 + f"{start} 0 0"
    assert kill_program.parse(line) == (kill_program.Process(4711, parent, start), "S")


@pytest.mark.parametrize("line", ["", "4711", "x (y) S 1", "4711 (sh) S 1 2 3", ")"])
def test_half_a_line_about_a_process_is_none(line: str) -> None:
    assert kill_program.parse(line) is None
