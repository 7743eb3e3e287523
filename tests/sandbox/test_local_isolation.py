"""What bubblewrap keeps from the agent, and what happens where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.local import LocalBackend, reaper
from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import SandboxError, SandboxSpec

SPEC = SandboxSpec(name="job-1", session="issue-7")


async def shell(sandbox: LocalSandbox, script: str) -> str:
    done = await sandbox.run(["sh", "-c", script])
    return (done.stdout + done.stderr).decode().strip()


async def test_the_agent_sees_no_file_of_the_host_that_it_does_not_need(
    isolated: LocalSandbox, root: Path, tmp_path: Path
) -> None:
    secret = tmp_path / ".env"
    secret.write_text("GITHUB_WEBHOOK_SECRET=…")
    hidden = [secret, root, Path(__file__), Path("/etc/shadow"), Path("/etc/ssl/private"), Path("/var/lib"), Path("/sys")]

    for path in hidden:
        assert await shell(isolated, f"ls {path}") == f"ls: cannot access '{path}': No such file or directory"


async def test_the_agent_sees_of_harvests_home_at_most_the_way_to_python(isolated: LocalSandbox) -> None:
    script = """
import os, sys
for path, folders, files in os.walk(sys.argv[1]):
    if path == sys.base_prefix:
        folders.clear()
    elif files:
        print(path, files)
print("looked")
"""
    done = await isolated.run(["python3", "-c", script, str(Path.home())])

    assert done.stdout == b"looked\n"


async def test_the_agent_sees_no_other_sandbox(isolated_backend: LocalBackend, isolated: LocalSandbox) -> None:
    other = await isolated_backend.create(SandboxSpec(name="job-2", session="issue-8"))
    await other.write_file(f"{other.paths.workspace}/private-of-issue-8", b"")

    found = "find / -xdev -path /usr -prune -o -name 'private-of-issue-8' -print; ls /workspace /tmp /home/harvest"
    assert "private-of-issue-8" not in await shell(isolated, found)


async def test_the_agent_sees_only_the_processes_of_its_own_command(isolated: LocalSandbox) -> None:
    await isolated.start(["sleep", "1000"], detached=True)

    pids = (await shell(isolated, "ls /proc | grep -E '^[0-9]+$' | wc -l")).split()

    assert int(pids[0]) < 7  # the first process, the one that leads to the network, the shell, and this pipe
    assert await shell(isolated, f"kill -0 {os.getpid()}") != ""


async def test_the_agent_is_not_root_and_can_not_become_more_than_it_is(isolated: LocalSandbox) -> None:
    assert await shell(isolated, "id -u; id -g") == "1000\n1000"
    status = await shell(isolated, "grep -E '^(CapEff|CapPrm|CapBnd|NoNewPrivs)' /proc/self/status")
    assert {tuple(line.split()) for line in status.splitlines()} == {
        ("CapEff:", "0" * 16),
        ("CapPrm:", "0" * 16),
        ("CapBnd:", "0" * 16),
        ("NoNewPrivs:", "1"),
    }


@pytest.mark.parametrize(
    "script",
    [
        "echo x > /harvest/supervisor.pyz",
        "mv /harvest /tmp/gone",
        "rm /harvest/token",
        "touch /usr/bin/x",
        "touch /opt/harvest/bin/python3.new",
        "echo x > /etc/passwd",
        # Opened only: if this ever worked, it would be this machine's. The kernel lets root's id write here without powers.
        ": >> /proc/sys/kernel/core_pattern",
        "mount -t tmpfs none /tmp",
        "unshare --user true",
    ],
)
async def test_the_agent_can_not_change_what_is_not_its_own(isolated: LocalSandbox, script: str) -> None:
    await isolated.write_file("/harvest/supervisor.pyz", b"of Harvest")
    await isolated.write_file("/harvest/token", b"of Harvest")

    assert (await isolated.run(["sh", "-c", script])).exit_code != 0

    assert await isolated.read_file("/harvest/supervisor.pyz") == b"of Harvest"
    assert await isolated.read_file("/harvest/token") == b"of Harvest"


async def test_the_agent_can_write_where_it_works(isolated: LocalSandbox) -> None:
    for folder in ("/workspace", "/home/harvest", "/tmp", "/harvest/runs", "/dev/shm"):
        assert await shell(isolated, f"touch {folder}/x && echo ok") == "ok"


@pytest.mark.skipif(os.geteuid() == 0, reason="the kernel exempts root from the limit: run the tests as another user")
async def test_the_agent_can_not_fill_the_machines_process_table(isolated: LocalSandbox) -> None:
    script = """
import os, signal
for count in range(2000):
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        signal.pause()
print(count, flush=True)
signal.pause()
"""
    process = await isolated.start(["python3", "-c", script])
    count = int(await anext(aiter(process.stdout)))
    await isolated.terminate()

    assert 900 < count < 1024
    assert reaper.find(isolated.id) == []


async def test_a_sandbox_says_whether_it_is_isolated(sandbox: LocalSandbox, backend: LocalBackend) -> None:
    assert sandbox.isolated == (backend.isolation().kind == "bubblewrap")


def test_where_bubblewrap_runs_it_isolates(root: Path) -> None:
    attempt = ["bwrap", "--ro-bind", "/", "/", "--unshare-user", "--unshare-pid", "true"]
    if not shutil.which("bwrap") or subprocess.run(attempt, capture_output=True, check=False).returncode != 0:
        pytest.skip("bubblewrap is not installed or can't run here")

    found = LocalBackend(root).isolation()

    assert found.kind == "bubblewrap", found.detail


@pytest.mark.parametrize("program", [None, "no-such-program"])
async def test_without_isolation_no_sandbox_is_made_unless_asked_for(root: Path, program: str | None) -> None:
    backend = LocalBackend(root, bubblewrap=program)

    with pytest.raises(SandboxError) as refusal:
        await backend.create(SPEC)

    for way_out in ("bubblewrap is not installed", "apt install bubblewrap", "HARVEST_LOCAL_UNISOLATED=1"):
        assert way_out in str(refusal.value)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'bwrap: No permissions to create new namespace' >&2; exit 1", "No permissions to create new namespace"),
        # One that runs the command without keeping anything from it.
        ('while [ "$1" != -- ]; do shift; done; shift; exec "$@"', "its command saw the state folder"),
    ],
)
async def test_a_bubblewrap_that_does_not_isolate_is_not_believed(
    root: Path, tmp_path: Path, script: str, reason: str
) -> None:
    program = tmp_path / "bwrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)

    found = LocalBackend(root, bubblewrap=str(program)).isolation()

    assert found.kind == "none"
    assert reason in found.detail
    assert "HARVEST_LOCAL_UNISOLATED=1" in found.advice


@pytest.mark.parametrize("is_package", [True, False])
async def test_the_claude_cli_is_on_the_path_read_only(root: Path, tmp_path: Path, is_package: bool) -> None:
    script = tmp_path / "claude-cli" / "claude"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho 2.1.330\n")
    script.chmod(0o755)
    neighbour = script.with_name("package.json" if is_package else "private")
    neighbour.write_text("{}")
    for program in ("bwrap", None):
        backend = LocalBackend(root, claude=script, allow_unisolated=True, bubblewrap=program)
        sandbox = await backend.create(SPEC)
        try:
            assert await shell(sandbox, "claude --version") == "2.1.330"
            if sandbox.isolated:
                assert "Read-only" in await shell(sandbox, f"echo x > {script}")
                assert (await sandbox.run(["test", "-e", str(neighbour)])).exit_code == (0 if is_package else 1)
        finally:
            await sandbox.terminate()
