"""From `create` to `terminate` on this machine: places, time limits, and that nothing outlives a sandbox that should not."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from sandbox.local import LocalBackend, reaper
from sandbox.local.sandbox import LocalSandbox
from sandbox.local.snapshots import sweep
from sandbox.protocol import PlaceTaken, SandboxError, SandboxGone, SandboxSpec
from tests.sandbox.agents import command_line
from tests.sandbox.conftest import outside_of_the_sandbox
from tests.waiting import until

SPEC = SandboxSpec(name="job-1", session="issue-7", tags={"app": "harvest", "job": "1"})

# A process of Harvest's that makes a sandbox with a detached command in it, says its id, and waits to be killed.
HARVEST = """
import asyncio, sys
from pathlib import Path
from sandbox.local import LocalBackend
from sandbox.protocol import SandboxSpec

async def main():
    root, bubblewrap, seconds, script = sys.argv[1:]
    backend = LocalBackend(Path(root), allow_unisolated=True, bubblewrap=bubblewrap or None)
    spec = SandboxSpec(name="job-1", session="issue-7", timeout_seconds=int(seconds))
    sandbox = await backend.create(spec)
    await sandbox.start(["sh", "-c", script], detached=True)
    print(sandbox.id, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def killed_harvest(backend: LocalBackend, root: Path, script: str, *, seconds: int = 600) -> str:
    """Run HARVEST until it has started the command, then kill it; gives the sandbox's id."""
    bubblewrap = "bwrap" if backend.isolation().kind == "bubblewrap" else ""
    harvest = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HARVEST, str(root), bubblewrap, str(seconds), script, stdout=asyncio.subprocess.PIPE
    )
    assert harvest.stdout is not None
    sandbox_id = (await harvest.stdout.readline()).decode().strip()
    harvest.kill()
    await harvest.wait()
    return sandbox_id


async def test_one_that_gives_way_is_not_made_where_another_one_lives(backend: LocalBackend) -> None:
    living = await backend.create(SPEC)
    another = replace(SPEC, name="standby-1", gives_way=True)
    with pytest.raises(PlaceTaken, match=r"the sandbox job-1 lives in the place of session issue-7"):
        await backend.create(another)
    assert (await living.run(["echo", "here"])).stdout == b"here\n"

    await living.terminate()
    made = await backend.create(another)
    assert (await backend.create(another)).id == made.id
    assert [summary.name for summary in await backend.list({})] == ["standby-1"]


async def test_another_name_in_a_sessions_place_ends_and_removes_the_leftover(backend: LocalBackend) -> None:
    leftover = await backend.create(SPEC)
    await leftover.start(["sleep", "1000"], detached=True)
    await leftover.write_file(f"{leftover.paths.workspace}/file", b"old")

    fresh = await backend.create(SandboxSpec(name="job-2", session="issue-7"))

    assert fresh.id != leftover.id
    assert reaper.find(leftover.id) == []
    with pytest.raises(FileNotFoundError):
        await fresh.read_file(f"{fresh.paths.workspace}/file")
    with pytest.raises(SandboxGone):
        await leftover.run(["true"])


async def test_sandboxes_of_one_session_see_the_same_paths(backend: LocalBackend) -> None:
    first = await backend.create(SPEC)
    await first.terminate()

    second = await backend.create(SandboxSpec(name="job-2", session="issue-7"))

    assert second.paths == first.paths


@pytest.mark.parametrize("session", ["octo/repo#7", "../..", ".hidden", "a" * 300, "Ärger", ""])
async def test_any_session_name_gets_a_place_of_its_own_below_the_root(
    unisolated_backend: LocalBackend, root: Path, session: str
) -> None:
    sandbox = await unisolated_backend.create(SandboxSpec(name="job-1", session=session))
    other = await unisolated_backend.create(SandboxSpec(name="job-2", session=session + "-"))

    assert PurePath(sandbox.paths.workspace).parent.parent == root / "sandboxes"
    assert sandbox.paths != other.paths
    assert (await unisolated_backend.attach(sandbox.id)).paths == sandbox.paths


async def test_after_its_end_nothing_of_a_sandbox_is_left(backend: LocalBackend, root: Path) -> None:
    await (await backend.create(SPEC)).terminate()

    assert list((root / "sandboxes").glob("issue-7*")) == []


@outside_of_the_sandbox
async def test_ending_a_sandbox_twice_is_no_error_and_spares_its_successor(backend: LocalBackend) -> None:
    first = await backend.create(SPEC)
    await first.terminate()
    second = await backend.create(SPEC)

    await first.terminate()

    assert (await second.run(["true"])).exit_code == 0


@pytest.mark.parametrize(
    "script",
    [
        "trap '' INT TERM HUP; sleep 1000 & wait",
        # A daemon by the book: a session of its own, its parent gone.
        "(setsid sh -c 'sleep 1000 & sleep 1000' &) ; sleep 1000",
        # One that also wipes its environment, as long as a relative can be found.
        "env -i sh -c 'setsid sleep 1000 & sleep 1000'",
        # More and more of them.
        "bomb() { i=0; while [ $i -lt 40 ]; do (sleep 1000 &); i=$((i+1)); done; }; bomb; sleep 1000",
    ],
)
async def test_ending_a_sandbox_ends_everything_in_it(sandbox: LocalSandbox, script: str) -> None:
    await sandbox.start(["sh", "-c", script], detached=True)
    await until(lambda: len(reaper.find(sandbox.id)) >= 3, "the script to start its processes")
    running = [entry.pid for entry in reaper.find(sandbox.id)]

    await sandbox.terminate()

    assert reaper.find(sandbox.id) == []
    assert [pid for pid in running if (entry := reaper.read_entry(pid)) and not entry.is_zombie] == []


async def test_an_isolated_daemon_that_wiped_every_trace_ends_with_its_sandbox(isolated: LocalSandbox, root: Path) -> None:
    script = "(env -i setsid sh -c 'while :; do date >> /workspace/alive; sleep 0.02; done' &) ; sleep 1000"
    await isolated.start(["sh", "-c", script], detached=True)
    alive = root / "sandboxes" / "issue-7" / "workspace" / "alive"
    await until(alive.exists, "the daemon to start")
    daemon = next(entry for entry in reaper.find(isolated.id) if "while :" in command_line(entry.pid))

    await isolated.terminate()

    ended = reaper.read_entry(daemon.pid)
    assert ended is None or ended.start_time != daemon.start_time or ended.is_zombie


async def test_a_command_goes_on_when_harvest_is_killed_and_is_ended_by_whoever_attaches(
    backend: LocalBackend, root: Path
) -> None:
    sandbox_id = await killed_harvest(backend, root, "while :; do echo tick >> ticks; sleep 0.02; done")
    ticks = root / "sandboxes" / "issue-7" / "workspace" / "ticks"
    await until(ticks.exists, "the command to start")
    before = ticks.stat().st_size

    await until(lambda: ticks.stat().st_size > before, "the command to go on")
    await (await backend.attach(sandbox_id)).terminate()

    assert reaper.find(sandbox_id) == []


async def test_the_time_limit_ends_a_command_even_when_harvest_is_dead(backend: LocalBackend, root: Path) -> None:
    sandbox_id = await killed_harvest(backend, root, "trap '' TERM; sleep 1000 & wait", seconds=1)

    await until(lambda: reaper.find(sandbox_id) == [], "the time limit to end the command")

    with pytest.raises(SandboxGone, match="time limit"):
        await backend.attach(sandbox_id)
    assert "issue-7" not in os.listdir(root / "sandboxes")


@outside_of_the_sandbox
async def test_a_sandbox_past_its_time_is_not_listed_and_not_adopted(backend: LocalBackend, root: Path) -> None:
    over = SandboxSpec(name="job-1", session="issue-7", timeout_seconds=0)
    expired = await backend.create(over)
    with pytest.raises(SandboxGone, match="time limit"):
        await expired.run(["true"])

    again = await backend.create(SPEC)
    assert again.id != expired.id
    await again.terminate()

    await backend.create(over)
    assert await backend.list({}) == []
    assert "issue-7" not in os.listdir(root / "sandboxes")


@outside_of_the_sandbox
async def test_created_many_times_at_once_it_is_one_sandbox(backend: LocalBackend, root: Path) -> None:
    other_process = LocalBackend(root, allow_unisolated=True, bubblewrap="bwrap" if backend.isolation().program else None)

    made = await asyncio.gather(*(each.create(SPEC) for each in (backend, other_process) * 4))

    assert len({sandbox.id for sandbox in made}) == 1


async def test_a_sandbox_made_with_other_isolation_is_not_taken_for_ones_own(root: Path) -> None:
    outside = LocalBackend(root, allow_unisolated=True, bubblewrap=None)
    inside = LocalBackend(root, allow_unisolated=True)
    if inside.isolation().kind == "none":
        pytest.skip(f"no bubblewrap: {inside.isolation().detail}")
    made = await outside.create(SPEC)

    with pytest.raises(SandboxGone, match="other isolation"):
        await inside.attach(made.id)
    fresh = await inside.create(SPEC)

    assert fresh.isolated
    assert (await fresh.run(["pwd"])).stdout == b"/workspace\n"
    await fresh.terminate()


@outside_of_the_sandbox
async def test_a_half_built_sandbox_is_none(backend: LocalBackend, root: Path) -> None:
    half_built = root / "sandboxes" / "issue-7"
    half_built.mkdir(parents=True)
    (half_built / "record.json").write_text('{"id": "issue-7.00')

    assert await backend.list({}) == []
    sandbox = await backend.create(SPEC)

    assert (await sandbox.run(["true"])).exit_code == 0


@outside_of_the_sandbox
async def test_what_a_crash_left_half_removed_and_what_was_spare_for_long_is_swept(backend: LocalBackend, root: Path) -> None:
    sandbox = await backend.create(SPEC)
    leftover = root / "sandboxes" / ".removing-0123"
    abandoned = root / "snapshots" / ".building-snap-0123"
    in_work = root / "snapshots" / ".building-snap-4567"
    for folder in (leftover, abandoned, in_work):
        folder.mkdir()
    os.utime(abandoned, (0, 0))
    spare = root / "snapshots" / "snap-0123" / "spare"
    spare.mkdir(parents=True)
    os.utime(spare, (0, 0))
    finished_meanwhile = root / "snapshots" / ".building-snap-89ab"
    finished_meanwhile.symlink_to("snap-that-is-nowhere")

    assert [found.id for found in await backend.list({})] == [sandbox.id]

    assert (leftover.exists(), abandoned.exists(), in_work.exists()) == (False, False, True)
    assert not spare.exists(), "nobody took it for an hour"


@outside_of_the_sandbox
async def test_a_crash_while_a_spare_copy_is_removed_leaves_nothing_in_its_snapshot(
    backend: LocalBackend, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = await backend.create(SPEC)
    snapshot = root / "snapshots" / await sandbox.snapshot()
    await sandbox.terminate()
    os.utime(snapshot / "spare", (0, 0))

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", crash)
    with pytest.raises(KeyboardInterrupt):
        sweep(root / "snapshots")
    monkeypatch.undo()
    await backend.list({})

    assert sorted(os.listdir(snapshot)) == ["home", "snapshot.json", "workspace"]
    assert os.listdir(root / "snapshots") == [snapshot.name]


@outside_of_the_sandbox
async def test_what_is_left_spare_is_whole_also_when_it_is_swept_in_that_moment(
    backend: LocalBackend, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = await backend.create(SPEC)
    await sandbox.write_file(f"{sandbox.paths.workspace}/kept", b"whole")
    os.utime(root / "sandboxes" / "issue-7", (0, 0))
    snapshot = await sandbox.snapshot()
    rename = Path.rename

    def rename_and_sweep(path: Path, target: Path) -> Path:
        done = rename(path, target)
        sweep(root / "sandboxes")
        return done

    monkeypatch.setattr(Path, "rename", rename_and_sweep)
    await sandbox.terminate()
    monkeypatch.undo()

    assert os.listdir(root / "sandboxes") == []
    assert (root / "snapshots" / snapshot / "spare" / "workspace" / "kept").read_bytes() == b"whole"


@outside_of_the_sandbox
async def test_a_sandbox_is_removed_also_where_nothing_can_be_left_spare(backend: LocalBackend, root: Path) -> None:
    sandbox = await backend.create(SPEC)
    await sandbox.snapshot()
    (root / "snapshots").rename(root / "elsewhere")
    (root / "snapshots").touch()

    await sandbox.terminate()

    assert os.listdir(root / "sandboxes") == []


def test_a_process_that_only_has_the_same_pid_is_never_signalled() -> None:
    me = reaper.read_entry(os.getpid())
    assert me is not None
    older = reaper.Entry(me.pid, me.parent, me.session, me.start_time - 1, is_zombie=False)

    reaper.send(older, signal.SIGKILL)  # this process would not be there to pass otherwise


def test_processes_that_do_not_end_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = reaper.Entry(4_000_000_000, 1, 1, 1, is_zombie=False)
    monkeypatch.setattr(reaper, "find", lambda mark: [stuck])
    monkeypatch.setattr(reaper, "send", lambda entry, number: None)

    with pytest.raises(SandboxError, match=r"4000000000 did not end within 0\.05 s"):
        reaper.end_marked("x/", patience_seconds=0.05)
