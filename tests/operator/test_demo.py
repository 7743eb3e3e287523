"""The demo, ended before its end: what it started goes with it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# It comes to the agent within ten seconds; a machine under load takes its time.
PATIENCE_SECONDS = 90.0


@contextmanager
def running_demo(
    folder: Path, *arguments: str, seconds: float = PATIENCE_SECONDS, **settings: str
) -> Iterator[subprocess.Popen[str]]:
    """A demo whose files are all below `folder`, and which is ended after so many `seconds`."""
    passed_on = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "github_app", "demo", *arguments],
        cwd=folder,
        env={**passed_on, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1", **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watchdog = threading.Timer(seconds, process.kill)
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def wait_for_line(process: subprocess.Popen[str], *parts: str) -> None:
    """A line with one of these parts."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if any(part in line for part in parts):
            return
    raise AssertionError(f"it ended without {parts}:\n{said}")


def left_running(folder: Path) -> list[str]:
    """The processes that know the folder: by their command line, their environment or where they are."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            told = (
                (process / "cmdline").read_bytes() + (process / "environ").read_bytes() + os.readlink(process / "cwd").encode()
            )
        except OSError:
            continue
        if str(folder).encode() in told:
            found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, for a socket's path has to fit in it, and outside of what pytest's own processes name."""
    with tempfile.TemporaryDirectory(prefix="demo-test-") as folder:
        yield Path(folder)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param((signal.SIGINT, signal.SIGINT), id="Ctrl-C twice"),
        pytest.param((signal.SIGHUP,), id="a closed terminal", marks=pytest.mark.campaign),
    ],
)
@pytest.mark.further
def test_ended_while_the_agent_works_it_leaves_no_process_and_no_file(folder: Path, told: tuple[signal.Signals, ...]) -> None:
    with running_demo(folder) as demo:
        wait_for_line(demo, "the agent is at work", "- [ ] ")  # as soon as it has a plan, that is shown
        for each in told:
            demo.send_signal(each)
        assert demo.wait(PATIENCE_SECONDS) == 128 + told[0]
        assert left_running(folder) == []
        assert list(folder.iterdir()) == []


def test_live_without_a_key_says_so_before_anything_is_started(folder: Path) -> None:
    with running_demo(folder, "--live") as demo:
        said, _ = demo.communicate(timeout=PATIENCE_SECONDS)
        assert demo.returncode == 1
        assert said == "✗ --live needs ANTHROPIC_API_KEY in the environment\n"
        assert list(folder.iterdir()) == []


def test_modal_where_nothing_can_be_isolated_is_one_line_before_anything_is_started(folder: Path) -> None:
    with running_demo(folder, "--sandbox=modal", PATH="/nowhere") as demo:
        said, _ = demo.communicate(timeout=PATIENCE_SECONDS)
        assert demo.returncode == 1
        assert re.fullmatch(r"✗ --sandbox=modal can't be shown here: .+", said.replace("\n", " ").strip()), said
        assert "Without it the agent works in a local sandbox." in " ".join(said.split())
        assert list(folder.iterdir()) == []
