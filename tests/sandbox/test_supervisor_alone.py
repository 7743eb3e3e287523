"""The supervisor by itself, as it is when Harvest is dead: one file, one folder, nobody watching."""

from __future__ import annotations

import ast
import importlib.util
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox import supervisor
from sandbox.local import reaper
from sandbox.packed_supervisor import packed_supervisor
from sandbox.supervisor import exit_codes
from tests.waiting import until

PLAN: dict[str, Any] = {
    "argv": ["sh", "-c", "echo '{}'; echo $$ > agent; exec sleep 1000"],
    "cwd": ".",
    "env": {},
    "secrets": [],
    "wait_seconds": 30,
    "silence_seconds": 30,
    "settle_seconds": 30,
    "grace_seconds": 0.1,
    "max_output_bytes": 1000,
    "max_line_bytes": 100,
}


def write_run(folder: Path, **changes: Any) -> Path:
    """The folder of a run that may start and has nothing to be told, with the packed supervisor beside it."""
    run = folder / "run"
    run.mkdir()
    (run / "may_start").touch()
    (run / "told.json").write_text(json.dumps({"messages": [], "wall_seconds": 30}))
    (folder / "supervisor.pyz").write_bytes(packed_supervisor())
    (run / "run.json").write_text(json.dumps({**PLAN, "cwd": str(folder), **changes}))
    return run


def supervise(folder: Path, *arguments: str | Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-S", str(folder / "supervisor.pyz"), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def read_exit(run: Path) -> dict[str, Any]:
    exit_document: dict[str, Any] = json.loads((run / "exit.json").read_bytes())
    return exit_document


async def test_its_agent_dies_with_it(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    agent_file = tmp_path / "agent"
    process = supervise(tmp_path, "run", run)
    await until(lambda: agent_file.exists() and agent_file.read_text() != "", "the agent to start")
    agent = reaper.read_entry(int(agent_file.read_text()))
    assert agent is not None
    events = run / "events.jsonl"
    await until(lambda: events.exists() and events.read_bytes() == b"{}\n", "its event to be written")

    process.kill()
    process.communicate(timeout=60)

    def is_gone() -> bool:
        now = reaper.read_entry(agent.pid)
        return now is None or now.start_time != agent.start_time or now.is_zombie

    await until(is_gone, "the agent to end")
    follower = supervise(tmp_path, "follow", run, "0")
    assert follower.communicate(timeout=60)[0] == b"{}\n"
    assert follower.returncode == exit_codes.DIED
    assert supervise(tmp_path, "run", run).wait(timeout=60) == exit_codes.DIED


async def test_who_comes_second_is_told_so(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    first = supervise(tmp_path, "run", run)
    await until((run / "started.json").exists, "the first to start")

    second = supervise(tmp_path, "run", run)
    assert second.wait(timeout=60) == exit_codes.RUNS_ALREADY
    (run / "stop").write_text("enough")
    assert first.wait(timeout=60) == exit_codes.DONE
    third = supervise(tmp_path, "run", run)
    assert third.wait(timeout=60) == exit_codes.ENDED_ALREADY

    assert read_exit(run)["reason"] == "stopped"


@pytest.mark.parametrize("document", ["", "{", "[]", "{}", json.dumps({**PLAN, "argv": []}), json.dumps({**PLAN, "env": "x"})])
def test_a_plan_that_is_none_starts_nothing(tmp_path: Path, document: str) -> None:
    run = write_run(tmp_path)
    (run / "run.json").write_text(document)

    process = supervise(tmp_path, "run", run)

    _, complaint = process.communicate(timeout=60)
    assert process.returncode == exit_codes.UNUSABLE
    assert complaint.startswith(b"supervisor: ")
    assert not (run / "started.json").exists()


@pytest.mark.parametrize("changes", [{"argv": ["a\0b"]}, {"cwd": "/absent"}, {"secrets": ["NOT_GIVEN"]}])
def test_an_agent_that_can_not_be_started_is_told(tmp_path: Path, changes: dict[str, Any]) -> None:
    run = write_run(tmp_path, **changes)

    assert supervise(tmp_path, "run", run).wait(timeout=60) == exit_codes.DONE

    told = read_exit(run)
    assert (told["reason"], told["exit_code"], told["signal"]) == ("start_failed", None, None)
    assert told["detail"]


def test_an_agent_whose_events_can_not_be_written_is_ended_and_that_is_told(tmp_path: Path) -> None:
    run = write_run(tmp_path, argv=["sh", "-c", "yes"], max_output_bytes=10**9)
    limited = ["sh", "-c", 'ulimit -f 64; exec "$@"', "sh"]
    command = [*limited, sys.executable, "-I", "-S", str(tmp_path / "supervisor.pyz"), "run", str(run)]

    subprocess.run(command, check=False, timeout=30)

    told = read_exit(run)
    assert (told["reason"], told["signal"]) == ("supervisor_failed", signal.SIGKILL)
    assert "too large" in told["detail"]


def test_a_follower_whose_reader_is_gone_ends(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    supervised = supervise(tmp_path, "run", run)
    follower = supervise(tmp_path, "follow", run, "0")
    assert follower.stdout is not None
    assert follower.stdout.readline() == b"{}\n"

    follower.stdout.close()

    assert follower.wait(timeout=60) == exit_codes.NOBODY_READS
    supervised.terminate()
    assert supervised.wait(timeout=60) == exit_codes.DONE


@pytest.mark.parametrize("arguments", [(), ("run",), ("follow", "x"), ("follow", "/absent", "x"), ("dance", "x")])
def test_wrong_arguments_are_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    write_run(tmp_path)

    assert supervise(tmp_path, *arguments).wait(timeout=60) == exit_codes.UNUSABLE


def test_it_is_written_for_the_pythons_that_sandboxes_have() -> None:
    for path in Path(supervisor.__file__).parent.glob("*.py"):
        ast.parse(path.read_text(), feature_version=(3, 8))


def test_a_python_of_another_version_reads_its_source(tmp_path: Path) -> None:
    packed = tmp_path / "supervisor.pyz"
    packed.write_bytes(packed_supervisor().replace(importlib.util.MAGIC_NUMBER, b"\x01\x02\r\n"))
    ran = subprocess.run([sys.executable, "-I", "-S", packed, "nothing"], capture_output=True, text=True, check=False)
    assert (ran.returncode, "supervisor run FOLDER" in ran.stderr) == (exit_codes.UNUSABLE, True)
