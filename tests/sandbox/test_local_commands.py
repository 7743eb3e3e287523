"""Commands in a local sandbox: what they get, what they give back, and what is left of them."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from sandbox.local import network, reaper
from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import SandboxError
from sandbox.secret import Secret
from tests.waiting import until

ENVIRONMENT = {
    "PATH",
    "HOME",
    "TMPDIR",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TERM",
    "GIT_TERMINAL_PROMPT",
    "GIT_CONFIG_NOSYSTEM",
    "HARVEST_SANDBOX_MARK",
}
# What a shell adds by itself.
SHELL_OWN = {"PWD", "OLDPWD", "SHLVL", "_"}


async def test_a_command_gives_its_exit_code_and_both_streams(sandbox: LocalSandbox) -> None:
    done = await sandbox.run(["sh", "-c", "echo out; echo err >&2; exit 3"])

    assert (done.exit_code, done.stdout, done.stderr, done.truncated) == (3, b"out\n", b"err\n", False)


async def test_a_command_gets_nothing_of_harvests_own_environment(
    sandbox: LocalSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_PRIVATE_KEY", "of Harvest alone")

    done = await sandbox.run(["env"], env={"GIVEN": "yes"})

    names = {line.partition("=")[0] for line in done.stdout.decode().splitlines()}
    proxies = set(network.ENVIRONMENT) if sandbox.isolated else set()
    assert names - SHELL_OWN == ENVIRONMENT | {"GIVEN"} | proxies


async def test_a_command_works_in_the_workspace_and_finds_python(sandbox: LocalSandbox) -> None:
    done = await sandbox.run(["python3", "-c", "import os; print(os.getcwd(), os.environ['HOME'], os.environ['TMPDIR'])"])

    paths = sandbox.paths
    assert done.stdout.decode().split() == [paths.workspace, paths.home, paths.tmp]


async def test_a_command_reads_its_stdin_to_the_end(sandbox: LocalSandbox) -> None:
    text = b"line\n" * 100_000

    done = await sandbox.run(["wc", "-c"], stdin=text)

    assert int(done.stdout) == len(text)


async def test_a_secret_is_in_the_environment_and_in_no_command_line(sandbox: LocalSandbox) -> None:
    process = await sandbox.start(["sh", "-c", 'echo "$TOKEN"; read wait'], secrets={"TOKEN": Secret("s3cr3t-value")})
    shown = await anext(aiter(process.stdout), b"")
    lines = [Path(f"/proc/{pid}/cmdline") for pid in reaper.read_table()]
    command_lines = b"".join(path.read_bytes() for path in lines if path.exists())
    await process.kill()

    assert shown == b"s3cr3t-value\n"
    assert b"s3cr3t-value" not in command_lines


@pytest.mark.parametrize(("ending", "code"), [("kill -9 $$", -9), ("kill -15 $$", -15), ("exit 128", 128), ("exit 129", 129)])
async def test_a_signal_shows_as_a_negative_exit_code_and_gits_own_codes_stay(
    sandbox: LocalSandbox, ending: str, code: int
) -> None:
    assert (await sandbox.run(["sh", "-c", ending])).exit_code == code


async def test_a_program_that_is_not_there_shows_as_127(sandbox: LocalSandbox) -> None:
    done = await sandbox.run(["no-such-program"])

    assert done.exit_code == 127
    assert b"no-such-program" in done.stderr


async def test_a_command_in_a_folder_that_is_not_there_is_not_run(unisolated: LocalSandbox) -> None:
    with pytest.raises(SandboxError, match="/absent"):
        await unisolated.run(["pwd"], cwd=f"{unisolated.paths.workspace}/absent")


async def test_a_command_in_a_folder_that_only_the_sandbox_could_know_fails(isolated: LocalSandbox) -> None:
    done = await isolated.run(["pwd"], cwd="/workspace/absent")

    assert (done.exit_code, done.stdout) == (1, b"")
    assert b"/workspace/absent" in done.stderr


async def test_a_command_past_its_time_is_killed_with_everything_it_started(sandbox: LocalSandbox) -> None:
    with pytest.raises(SandboxError, match=r"sh in sandbox .* took longer than 0.3 s"):
        await sandbox.run(["sh", "-c", "trap '' TERM INT; sleep 1000 & sleep 1000"], timeout_seconds=0.3)

    assert reaper.find(sandbox.id) == []


async def test_output_past_the_limit_is_dropped_and_said_so(sandbox: LocalSandbox) -> None:
    done = await sandbox.run(["sh", "-c", "yes | head -c 30000000; echo end >&2"], max_bytes=1000)

    assert (done.exit_code, len(done.stdout), done.stderr, done.truncated) == (0, 1000, b"end\n", True)


async def test_what_a_command_leaves_running_ends_with_it(sandbox: LocalSandbox) -> None:
    done = await sandbox.run(["sh", "-c", "setsid sleep 1000 & echo started"])

    assert done.stdout == b"started\n"
    assert reaper.find(sandbox.id) == []


async def test_a_command_ignores_no_signal_that_it_did_not_ask_to_ignore(sandbox: LocalSandbox) -> None:
    done = await sandbox.run(["grep", "SigIgn", "/proc/self/status"])

    ignored = int(done.stdout.split()[1], 16)
    # Only those that can be set: some places ignore one that the C library keeps for itself.
    assert [one for one in signal.valid_signals() if ignored >> (one - 1) & 1] == []


async def test_output_can_be_read_while_the_command_runs(sandbox: LocalSandbox) -> None:
    process = await sandbox.start(["sh", "-c", "echo first; sleep 1000"])

    first = await anext(aiter(process.stdout))

    assert first == b"first\n"
    await process.kill()
    assert await process.wait() == -9


async def test_killing_a_finished_command_does_nothing(sandbox: LocalSandbox) -> None:
    process = await sandbox.start(["sh", "-c", "exit 4"])
    assert await process.wait() == 4

    await process.kill()

    assert await process.wait() == 4


async def test_a_cancelled_run_leaves_no_process(sandbox: LocalSandbox) -> None:
    running = asyncio.create_task(sandbox.run(["sleep", "1000"]))
    await until(lambda: len(reaper.find(sandbox.id)) > 0, "the command to start")

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert reaper.find(sandbox.id) == []


async def test_limits_are_set_and_can_not_be_raised(sandbox: LocalSandbox) -> None:
    done = await sandbox.run(["sh", "-c", "ulimit -c; ulimit -f; ulimit -n; ulimit -c 1"])

    core, blocks, files = done.stdout.decode().split()
    assert (core, int(blocks) * 512, int(files) <= 16384) == ("0", 4 * 1024**3, True)
    if sandbox.isolated or os.geteuid() != 0:  # root without a sandbox around it may do anything
        assert done.exit_code != 0


async def test_a_detached_commands_output_is_discarded(sandbox: LocalSandbox, root: Path) -> None:
    script = "yes | head -c 1000000; echo done > marker; sleep 1000"
    process = await sandbox.start(["sh", "-c", script], detached=True)

    marker = root / "sandboxes" / "issue-7" / "workspace" / "marker"
    await until(marker.exists, "the command to get past its output")
    assert [chunk async for chunk in process.stdout] == []
    await process.kill()
