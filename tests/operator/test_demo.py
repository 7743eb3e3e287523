"""The demo, ended before its end: what it started goes with it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.operator.demo import PATIENCE_SECONDS, running_demo


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
