"""What `sandbox/protocol.py` promises, held against every backend: a job must not notice which one it has."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import run, run_start
from sandbox.local import LocalBackend
from sandbox.protocol import (
    ANYTHING,
    Egress,
    NewFile,
    Sandbox,
    SandboxBackend,
    SandboxError,
    SandboxGone,
    SandboxSpec,
    SnapshotGone,
)
from sandbox.repository import open_repository
from sandbox.secret import Secret
from tests.sandbox import agents
from tests.sandbox.conftest import end_all
from tests.sandbox.modal_backend import Connected, connected, fresh_backend

__all__ = ["connected"]  # a fixture

SPEC = SandboxSpec(name="job-1", session="issue-7", tags={"app": "harvest", "job": "1"}, cpu=1, memory_mib=512)


@pytest.fixture(params=["local", pytest.param("modal", marks=pytest.mark.campaign)])
def on(request: pytest.FixtureRequest) -> Connected | None:
    """The emulator that the test's sandboxes are on, or None for local ones."""
    return request.getfixturevalue("connected") if request.param == "modal" else None


@pytest.fixture
async def backend(on: Connected | None, tmp_path: Path) -> AsyncIterator[SandboxBackend]:
    if on is not None:
        async with fresh_backend(on) as modal:
            yield modal
        return
    local = LocalBackend(tmp_path / "sandboxes", allow_unisolated=True)  # in bubblewrap where there is one
    yield local
    await end_all(local)


@pytest.fixture
async def sandbox(backend: SandboxBackend) -> Sandbox:
    return await backend.create(SPEC)


async def test_creating_a_name_again_adopts_the_living_sandbox(backend: SandboxBackend) -> None:
    first = await backend.create(SPEC)
    await first.write_file(f"{first.paths.workspace}/file", b"kept")

    again = await backend.create(SPEC)

    assert (again.id, again.started_from) == (first.id, "base")
    assert await again.read_file(f"{again.paths.workspace}/file") == b"kept"


async def test_created_many_times_at_once_it_is_one_sandbox(backend: SandboxBackend) -> None:
    made = await asyncio.gather(*(backend.create(SPEC) for _ in range(4)))

    assert len({one.id for one in made}) == 1
    assert [summary.id for summary in await backend.list({"app": "harvest"})] == [made[0].id]


async def test_a_cancelled_create_is_finished_and_adopted(backend: SandboxBackend) -> None:
    creating = asyncio.create_task(backend.create(SPEC))
    await asyncio.sleep(0)
    creating.cancel()
    with pytest.raises(asyncio.CancelledError):
        await creating

    adopted = await backend.create(SPEC)

    assert [summary.id for summary in await backend.list({})] == [adopted.id]
    assert (await adopted.run(["true"])).exit_code == 0


async def test_a_list_of_hosts_is_kept_to_or_refused(backend: SandboxBackend, sandbox: Sandbox) -> None:
    limited = Egress(("example.com",))
    spec = SandboxSpec(name="job-3", session="issue-9", egress=limited)
    if backend.limits_egress:
        await (await backend.create(spec)).set_egress(ANYTHING)
        return
    with pytest.raises(SandboxError, match="can't limit"):
        await backend.create(spec)
    with pytest.raises(SandboxError, match="can't limit"):
        await sandbox.set_egress(limited)
    await sandbox.set_egress(ANYTHING)


async def test_it_is_listed_by_its_tags_and_found_by_its_id(backend: SandboxBackend, sandbox: Sandbox) -> None:
    await backend.create(SandboxSpec(name="job-2", session="issue-8", tags={"app": "harvest", "job": "2"}))

    (summary,) = await backend.list({"job": "1"})
    assert (summary.id, summary.name, dict(summary.tags)) == (sandbox.id, "job-1", {"app": "harvest", "job": "1"})
    assert len(await backend.list({"app": "harvest"})) == 2
    assert await backend.list({"app": "harvest", "job": "3"}) == []

    found = await backend.attach(sandbox.id)
    assert (found.id, found.paths, found.started_from) == (sandbox.id, sandbox.paths, "base")
    assert (await found.run(["echo", "here"])).stdout == b"here\n"


async def test_after_its_end_nothing_of_it_can_be_reached(backend: SandboxBackend, sandbox: Sandbox) -> None:
    other = await backend.attach(sandbox.id)
    await sandbox.terminate()
    await sandbox.terminate()  # once more is no error

    for one in (sandbox, other):
        with pytest.raises(SandboxGone):
            await one.run(["true"])
        with pytest.raises(SandboxGone):
            await one.read_file(f"{one.paths.workspace}/file")
        with pytest.raises(SandboxGone):
            await one.write_file(f"{one.paths.workspace}/file", b"")
        with pytest.raises(SandboxGone):
            await one.snapshot()
    with pytest.raises(SandboxGone):
        await backend.attach(sandbox.id)
    assert await backend.list({}) == []


@pytest.mark.parametrize(
    "sandbox_id",
    [
        *("", "absent", "...", "../x", "../issue-7.0000000000000000", "issue-7.0000000000000000"),
        *("sb-0000000000000000000000", "sb-00000000000000000000000000"),
    ],
)
async def test_an_id_that_no_sandbox_has_is_gone(backend: SandboxBackend, sandbox: Sandbox, sandbox_id: str) -> None:
    with pytest.raises(SandboxGone):
        await backend.attach(sandbox_id)


async def test_a_command_has_its_folder_its_streams_and_its_exit_code(sandbox: Sandbox) -> None:
    done = await sandbox.run(["sh", "-c", "pwd; cat; echo trouble >&2; exit 3"], stdin=b"from outside")

    assert done.stdout.decode() == f"{sandbox.paths.workspace}\nfrom outside"
    assert (done.stderr, done.exit_code, done.truncated) == (b"trouble\n", 3, False)
    assert (await sandbox.run(["pwd"], cwd=sandbox.paths.home)).stdout.decode().strip() == sandbox.paths.home


async def test_without_standard_input_a_command_reads_nothing(sandbox: Sandbox) -> None:
    assert (await sandbox.run(["cat"])).stdout == b""


async def test_variables_and_secrets_reach_one_command_only(sandbox: Sandbox) -> None:
    show = ["sh", "-c", "echo $PLAIN $TOKEN $HOME"]

    done = await sandbox.run(show, env={"PLAIN": "one"}, secrets={"TOKEN": Secret("two words")})

    assert done.stdout.decode() == f"one two words {sandbox.paths.home}\n"
    assert (await sandbox.run(show)).stdout.decode() == f"{sandbox.paths.home}\n"


async def test_nothing_of_harvests_own_environment_is_there(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-harvest")
    assert b"sk-of-harvest" not in (await sandbox.run(["env"])).stdout


async def test_output_past_the_limit_is_dropped_and_the_command_goes_on(sandbox: Sandbox) -> None:
    done = await sandbox.run(["sh", "-c", "head -c 300000 /dev/zero; exit 5"], max_bytes=1000)

    assert (len(done.stdout), done.truncated, done.exit_code) == (1000, True, 5)


async def test_a_signal_is_a_negative_exit_code(sandbox: Sandbox) -> None:
    assert (await sandbox.run(["sh", "-c", "kill -TERM $$"])).exit_code == -15


async def test_gits_own_exit_codes_are_no_signals(sandbox: Sandbox) -> None:
    assert (await sandbox.run(["sh", "-c", "exit 128"])).exit_code == 128


async def test_a_program_that_is_not_there_is_no_success(sandbox: Sandbox) -> None:
    with contextlib.suppress(SandboxError):  # one of the two
        assert (await sandbox.run(["no-such-program"])).exit_code == 127


async def test_past_its_time_a_command_is_ended_with_its_children(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match=r"longer than 0\.5 s"):
        await sandbox.run(holding("sleep 1000 & sleep 1000"), timeout_seconds=0.5)
    assert not await held(sandbox)


async def test_a_cancelled_run_ends_its_command(sandbox: Sandbox) -> None:
    running = asyncio.create_task(sandbox.run(holding("sleep 1000")))
    async with asyncio.timeout(60):
        while not await held(sandbox):
            continue
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not await held(sandbox)


async def test_output_arrives_while_the_command_runs_and_kill_ends_it(sandbox: Sandbox) -> None:
    process = await sandbox.start(holding("echo first; (setsid sleep 1000 &) ; sleep 1000"))

    assert await anext(aiter(process.stdout)) == b"first\n"
    await process.kill()
    assert await process.wait() < 0
    await process.kill()  # once more is no error
    assert not await held(sandbox)


async def test_all_of_its_processes_end_whatever_they_do_and_its_files_stay(sandbox: Sandbox) -> None:
    process = await sandbox.start(holding(FIGHTS_BACK), detached=True)
    async with asyncio.timeout(60):
        while not await held(sandbox):
            continue

    await sandbox.end_processes()

    assert await process.wait() < 0
    assert not await held(sandbox)
    assert await sandbox.read_file(f"{sandbox.paths.workspace}/lock") == b""
    await sandbox.end_processes()  # with none left
    assert (await sandbox.run(["true"])).exit_code == 0


async def test_more_input_than_a_pipe_holds_neither_blocks_nor_is_lost(sandbox: Sandbox) -> None:
    data = bytes(range(256)) * 4096 * 5

    assert (await sandbox.run(["sha256sum"], stdin=data)).stdout == (await sandbox.run(["sha256sum"], stdin=data)).stdout
    assert (await sandbox.run(["wc", "-c"], stdin=data)).stdout.strip() == str(len(data)).encode()
    assert (await sandbox.run(["true"], stdin=data)).exit_code == 0


async def test_arguments_are_carried_whole_however_long_they_are(sandbox: Sandbox) -> None:
    words = ["x" * 60_000, "", "two words", "line\nbreak", "$HOME"]

    done = await sandbox.run(["sh", "-c", 'for word; do printf "%s|" "$word"; done', "sh", *words, *["y" * 30_000] * 3])

    assert done.stdout.decode() == "".join(f"{word}|" for word in [*words, *["y" * 30_000] * 3])


async def test_a_detached_command_goes_on_without_anybody(backend: SandboxBackend, sandbox: Sandbox) -> None:
    path = f"{sandbox.paths.workspace}/done"
    script = f"cat > {path}.new; until [ -e go ]; do sleep 0.02; done; mv {path}.new {path}"
    process = await sandbox.start(["sh", "-c", script], stdin=b"given", detached=True)
    assert [chunk async for chunk in process.stdout] == []

    other = await backend.attach(sandbox.id)
    await other.write_file(f"{other.paths.workspace}/go", b"")

    assert await process.wait() == 0
    assert await other.read_file(path) == b"given"


@pytest.mark.parametrize("folder", ["workspace", "home", "control", "control/runs", "tmp"])
async def test_what_is_written_is_read_and_seen_by_commands(sandbox: Sandbox, folder: str) -> None:
    name, _, rest = folder.partition("/")
    path = "/".join(filter(None, [getattr(sandbox.paths, name), rest, "deep", "er", "file"]))

    await sandbox.write_file(path, b"first", mode=0o640)
    await sandbox.write_file(path, b"text", mode=0o640)

    assert await sandbox.read_file(path) == b"text"
    assert (await sandbox.run(["sh", "-c", f"stat -c %a {path}; cat {path}"])).stdout == b"640\ntext"


async def test_several_files_are_written_at_once_whoevers_they_are(sandbox: Sandbox) -> None:
    paths = sandbox.paths
    files = [
        NewFile(f"{paths.control}/runs/mine/plan", b"\n1\n\0", 0o600),
        NewFile(f"{paths.control}/credentials", b"", 0o600),
        NewFile(f"{paths.home}/.config", b"x" * 100_000, 0o644),
        NewFile(f"{paths.control}/folder/program", b"run me", 0o644),
    ]

    await sandbox.write_files(files)

    for file in files:
        assert await sandbox.read_file(file.path) == file.data
    if sandbox.isolated:
        changed = [(await sandbox.run(["sh", "-c", f"echo >>'{file.path}'"])).exit_code == 0 for file in files]
        assert changed == [True, False, True, False]


async def test_of_several_files_the_one_that_can_t_be_written_is_named(sandbox: Sandbox) -> None:
    await sandbox.run(["ln", "-s", "/etc", "folder"])
    workspace = sandbox.paths.workspace
    with pytest.raises(SandboxError, match="folder is not a plain folder"):
        await sandbox.write_files([NewFile(f"{workspace}/good", b""), NewFile(f"{workspace}/folder/bad", b"")])


async def test_commands_of_an_isolated_sandbox_can_t_change_what_is_harvests(sandbox: Sandbox) -> None:
    if not sandbox.isolated:
        pytest.skip("nothing keeps a command of an unisolated sandbox from it")
    path = f"{sandbox.paths.control}/folder/credentials"
    await sandbox.write_file(path, b"token")

    for attempt in (f"echo evil > {path}", f"rm -f {path}", f"mv {path} {path}.x", f"rm -rf {sandbox.paths.control}/folder"):
        assert (await sandbox.run(["sh", "-c", attempt])).exit_code != 0
    assert await sandbox.read_file(path) == b"token"
    assert (await sandbox.run(["cat", path])).stdout == b"token"
    in_runs = f"{sandbox.paths.control}/runs/mine"
    assert (await sandbox.run(["sh", "-c", f"echo mine > {in_runs} && rm {in_runs}"])).exit_code == 0


async def test_a_file_that_is_not_there_is_a_file_not_found(sandbox: Sandbox) -> None:
    for path in ("absent", "absent/deeper"):
        with pytest.raises(FileNotFoundError):
            await sandbox.read_file(f"{sandbox.paths.workspace}/{path}")


@pytest.mark.parametrize("path", ["/etc/passwd", "relative", "{workspace}/../x", "{workspace}", "{tmp}/../etc/passwd", ""])
async def test_a_path_outside_of_the_sandboxs_folders_is_refused(sandbox: Sandbox, path: str) -> None:
    path = path.format(workspace=sandbox.paths.workspace, tmp=sandbox.paths.tmp)
    with pytest.raises(SandboxError, match="does not name a file"):
        await sandbox.read_file(path)
    with pytest.raises(SandboxError, match="does not name a file"):
        await sandbox.write_file(path, b"")


@pytest.mark.parametrize("make", ["ln -s /etc/passwd x", "mkdir x", "mkfifo x", "ln -s /etc x.d; ln -s x.d/passwd x"])
async def test_only_a_regular_file_is_read(sandbox: Sandbox, make: str) -> None:
    await sandbox.run(["sh", "-c", make])
    with pytest.raises(SandboxError):
        await sandbox.read_file(f"{sandbox.paths.workspace}/x")


async def test_no_link_is_gone_through(sandbox: Sandbox) -> None:
    await sandbox.run(["sh", "-c", "mkdir real; echo old > real/file; ln -s real folder; ln -s real/file link"])
    workspace = sandbox.paths.workspace

    await sandbox.write_file(f"{workspace}/link", b"new")
    with pytest.raises(SandboxError):
        await sandbox.write_file(f"{workspace}/folder/file", b"new")
    with pytest.raises(SandboxError):
        await sandbox.read_file(f"{workspace}/folder/file")

    shown = await sandbox.run(["sh", "-c", "cat real/file; cat link; test -L link || echo replaced"])
    assert shown.stdout == b"old\nnewreplaced\n"


async def test_a_file_larger_than_asked_for_is_refused(sandbox: Sandbox) -> None:
    await sandbox.run(["truncate", "-s", "1001", "small"])
    await sandbox.run(["truncate", "-s", "3G", "huge"])
    path = f"{sandbox.paths.workspace}/small"

    assert len(await sandbox.read_file(path, max_bytes=1001)) == 1001
    for name in ("small", "huge"):
        with pytest.raises(SandboxError, match="larger than the 1000 bytes"):
            await sandbox.read_file(f"{sandbox.paths.workspace}/{name}", max_bytes=1000)


async def test_a_snapshot_keeps_workspace_and_home_and_leaves_control_and_tmp_out(backend: SandboxBackend) -> None:
    first = await backend.create(SPEC)
    for folder in (
        first.paths.workspace,
        first.paths.home,
        first.paths.control,
        f"{first.paths.control}/runs",
        first.paths.tmp,
    ):
        await first.write_file(f"{folder}/file", b"kept", mode=0o644)
    await first.run(["sh", "-c", "mkdir -p a/b; ln -s ../file a/link; chmod 700 a"])
    snapshot = await first.snapshot()
    await first.write_file(f"{first.paths.workspace}/later", b"")
    await first.terminate()

    spec = SandboxSpec(name="job-2", session="issue-7", snapshot_id=snapshot, cpu=1, memory_mib=512)
    second = await backend.create(spec)

    assert (second.started_from, second.paths) == ("snapshot", first.paths)
    shown = await second.run(["sh", "-c", "cat file a/link ~/file; ls -d later a/b; stat -c %a a"])
    assert shown.stdout == b"keptkeptkepta/b\n700\n"
    for folder in (second.paths.control, f"{second.paths.control}/runs", second.paths.tmp):
        with pytest.raises(FileNotFoundError):
            await second.read_file(f"{folder}/file")
    assert (await backend.create(spec)).id == second.id
    assert (await backend.attach(second.id)).started_from == "snapshot"


CHANGE_EVERYWHERE = """
touch ~/.bashrc ~/.cargo/new
find / -path "*/.cargo/bin/cargo" 2>/dev/null | while read -r file; do echo changed > "$file"; done
chmod 0 ~/.cargo
"""


@pytest.mark.further
async def test_a_renewed_home_is_as_the_image_has_it_and_not_as_the_last_job_left_it(
    backend: SandboxBackend, sandbox: Sandbox
) -> None:
    await sandbox.run(["sh", "-c", "mkdir -p ~/.cargo/bin && echo cargo > ~/.cargo/bin/cargo; ln -s .cargo ~/link"])
    image = await sandbox.snapshot()
    job = await backend.create(SandboxSpec(name="job-8", session="issue-8", image_id=image, cpu=1, memory_mib=512))
    await job.renew_home()
    await job.run(["sh", "-c", CHANGE_EVERYWHERE])
    snapshot = await job.snapshot()
    await job.terminate()

    spec = SandboxSpec(name="job-9", session="issue-8", snapshot_id=snapshot, image_id=image, cpu=1, memory_mib=512)
    following = await backend.create(spec)
    await following.renew_home()

    shown = await following.run(
        ["sh", "-c", "find .cargo link | sort; cat link/bin/cargo; touch new"], cwd=following.paths.home
    )
    assert shown.stdout == b".cargo\n.cargo/bin\n.cargo/bin/cargo\nlink\ncargo\n", shown.stderr
    assert shown.exit_code == 0, shown.stderr


async def test_a_repository_image_is_what_sessions_without_a_snapshot_start_from(
    backend: SandboxBackend, sandbox: Sandbox
) -> None:
    await sandbox.write_file(f"{sandbox.paths.workspace}/file", b"image")
    image = await sandbox.snapshot()
    await sandbox.write_file(f"{sandbox.paths.workspace}/file", b"snapshot")
    snapshot = await sandbox.snapshot()
    without = SandboxSpec(name="job-2", session="issue-8", image_id=image, cpu=1, memory_mib=512)

    first = await backend.create(without)
    second = await backend.create(replace(without, name="job-3", session="issue-9", snapshot_id=snapshot))

    assert (first.started_from, await first.read_file(f"{first.paths.workspace}/file")) == ("image", b"image")
    assert (await backend.attach(first.id)).started_from == "image"
    assert (second.started_from, await second.read_file(f"{second.paths.workspace}/file")) == ("snapshot", b"snapshot")


async def test_a_repository_that_a_sandbox_left_half_made_is_set_aside_in_the_one_that_goes_on(
    backend: SandboxBackend,
) -> None:
    """As one is that was killed in the middle of a clone: folders of a snapshot can't be renamed everywhere."""
    first = await backend.create(SPEC)
    await first.run(["sh", "-c", "mkdir -p src/old; echo kept > src/old/file; mkfifo src/pipe; git init -q .; chmod 500 src"])
    snapshot = await first.snapshot()
    await first.terminate()
    second = await backend.create(SandboxSpec(name="job-2", session="issue-7", snapshot_id=snapshot, cpu=1, memory_mib=512))

    opened = await open_repository(second, "https://example.com/a/b.git", None, hidden=None)

    assert opened.is_new
    (aside,) = re.findall(r"kept in (\S+)\.$", opened.notes[0])
    assert await second.read_file(f"{aside}/src/old/file") == b"kept\n"
    assert (await second.run(["ls", "-A"])).stdout == b".git\n"


@pytest.mark.parametrize("start", ["snapshot_id", "image_id"])
async def test_a_snapshot_or_image_that_is_gone_says_so_and_leaves_no_sandbox(
    backend: SandboxBackend, sandbox: Sandbox, start: str
) -> None:
    snapshot = await sandbox.snapshot()
    await backend.delete_snapshot(snapshot)
    await backend.delete_snapshot(snapshot)  # once more is no error

    plain = SandboxSpec(name="job-2", session="issue-8")
    for kept in (snapshot, "im-00000000000000000000000000", "absent"):
        spec = replace(plain, image_id=kept) if start == "image_id" else replace(plain, snapshot_id=kept)
        with pytest.raises(SnapshotGone):
            await backend.create(spec)
    assert [summary.name for summary in await backend.list({})] == ["job-1"]


async def test_a_sandbox_made_ahead_is_handed_over_with_the_tags_of_its_job(backend: SandboxBackend, sandbox: Sandbox) -> None:
    for _ in range(2):
        handed = await backend.hand_over(sandbox.id, {"app": "harvest", "job": "2"})
        assert (handed.id, (await handed.run(["echo", "here"])).stdout) == (sandbox.id, b"here\n")

    (summary,) = await backend.list({"job": "2"})
    assert (summary.id, dict(summary.tags)) == (sandbox.id, {"app": "harvest", "job": "2"})
    assert await backend.list({"job": "1"}) == []
    await sandbox.terminate()
    with pytest.raises(SandboxGone):
        await backend.hand_over(sandbox.id, {"job": "3"})


async def test_the_supervisor_runs_an_agent_and_keeps_every_event(sandbox: Sandbox) -> None:
    script = "say(type='start', token=os.environ['TOKEN'])\n" + agents.ECHO
    events, ended = await agents.finished(sandbox, agents.spec(sandbox, script, "one", "two"), TOKEN=Secret("t0"))

    assert [event.get("text", event.get("token")) for event in events] == ["t0", "one", None, "two", None]
    assert (ended.exit_code, ended.results) == (0, 2)


async def test_a_supervised_agent_is_followed_from_an_offset_by_whoever_attaches(
    backend: SandboxBackend, sandbox: Sandbox
) -> None:
    script = """
for number, line in enumerate(sys.stdin):
    say(type="user", text=json.loads(line)["text"])
    if number == 1:
        answer(), answer()
"""
    await run_start.start(sandbox, agents.RUN, agents.spec(sandbox, script, "one"))
    following = run.follow(sandbox, agents.RUN)
    offset, line = await anext(following)
    assert b'"one"' in line
    await following.aclose()

    other = await backend.attach(sandbox.id)
    await run.send(other, agents.RUN, agents.message("two"))

    assert [event["type"] for event in await agents.rest(other, offset)] == ["user", "result", "result"]
    assert (await agents.ended(other)).exit_code == 0


async def test_a_supervised_agent_can_be_stopped(sandbox: Sandbox) -> None:
    await run_start.start(sandbox, agents.RUN, agents.spec(sandbox, "say(type='start'); forever()"))
    await run.stop(sandbox, agents.RUN, "enough")

    assert len(await agents.rest(sandbox)) <= 1
    ended = await agents.ended(sandbox)
    assert (ended.reason, ended.detail) == ("stopped", "enough")


# It ignores what can be ignored, leaves a daemon without a parent, and always has more processes than a moment before.
FIGHTS_BACK = """
trap '' INT TERM HUP
(setsid sh -c 'trap "" INT TERM HUP; while :; do sleep 1000; done' &)
count=0
breed() { while [ $count -lt 100 ]; do count=$((count + 1)); (sleep 1000 &); done; while :; do (true &); done; }
breed & breed
"""


def holding(script: str) -> list[str]:
    """A command that holds a lock for as long as it or any process it started lives."""
    return ["flock", "lock", "sh", "-c", script]


async def held(sandbox: Sandbox) -> bool:
    """Whether a process of such a command lives, even one that no other command can see."""
    return (await sandbox.run(["flock", "--nonblock", "lock", "true"])).exit_code == 1
