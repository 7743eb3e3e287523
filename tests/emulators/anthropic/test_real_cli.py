"""The real Claude CLI against the emulator."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.anthropic_service import PLAYS, ROOT, AnthropicService, anthropic_service, run_claude

HELLO = """
title = "Says hello"
[capture]
task = 'Task #(\\d+) created'
[[acts]]
name = "again"
prompt = "again"
[[acts.scenes]]
name = "done"
say = "Hello again."
[[acts]]
name = "hello"
prompt = "(?i)say hello"
[[acts.scenes]]
name = "plan"
[[acts.scenes.calls]]
tool = "TaskCreate"
optional = true
input = { subject = "Greet", description = "Write hello.txt" }
[[acts.scenes]]
name = "write"
[[acts.scenes.calls]]
tool = "TaskUpdate"
optional = true
input = { taskId = "${task}", status = "completed" }
[[acts.scenes.calls]]
tool = "Write"
input = { file_path = "${cwd}/hello.txt", content = "hello" }
[[acts.scenes]]
name = "done"
say = "I said hello."
usage = { input = 100, output = 10, cache_read = 1000 }
"""

TOOLS = ("--permission-mode", "acceptEdits", "--tools", "Read,Edit,Write,Bash,TaskCreate,TaskUpdate")


def test_the_cli_carries_out_a_play_in_its_own_folder(anthropic: AnthropicService, tmp_path: Path) -> None:
    anthropic.play(HELLO)
    work = tmp_path / "work"
    work.mkdir()

    run = run_claude("Please say hello", *TOOLS, cwd=work, home=tmp_path / "home", environment=anthropic.environment)

    assert run.exit_code == 0
    assert run.result["result"] == "I said hello."
    assert (work / "hello.txt").read_text() == "hello"
    assert anthropic.scenes() == ["hello/plan", "hello/write", "hello/done"]


def test_a_resumed_conversation_is_asked_by_its_newest_prompt(anthropic: AnthropicService, tmp_path: Path) -> None:
    anthropic.play(HELLO)
    work = tmp_path / "work"
    work.mkdir()
    first = run_claude("say hello", *TOOLS, cwd=work, home=tmp_path / "home", environment=anthropic.environment)
    session = first.result["session_id"]

    second = run_claude(
        "once again", "--resume", session, *TOOLS, cwd=work, home=tmp_path / "home", environment=anthropic.environment
    )

    assert second.result["result"] == "Hello again."
    assert len(anthropic.requests()[-1]["body"]["messages"]) > 5


def test_the_cli_tries_again_when_the_model_is_overloaded(anthropic: AnthropicService, tmp_path: Path) -> None:
    anthropic.play(HELLO + 'fault = { kind = "refuse", status = 529 }\n')
    work = tmp_path / "work"
    work.mkdir()

    run = run_claude("say hello", *TOOLS, cwd=work, home=tmp_path / "home", environment=anthropic.environment)

    assert run.result["result"] == "I said hello."
    assert anthropic.scenes()[-2:] == ["hello/done", "hello/done"]


SEED = ROOT / "emulators" / "github" / "seed" / "timespan"
AGENT_TOOLS = "Bash,Read,Edit,Write,TaskCreate,TaskUpdate"
ISSUE = "Here is issue #2: format_span(119.6) gives '1m 60s'. Do what it says."
FOLLOW_UP = "also write -0.4 as `0s`: it comes out as `-0s`"


def seeded_clone(folder: Path) -> Path:
    """The demo's repository as it is when the issue is labelled."""
    for state in sorted(SEED.iterdir()):
        if state.is_dir():
            shutil.copytree(state, folder, dirs_exist_ok=True)
    git(folder, "init", "-q")
    git(folder, "config", "user.name", "Harvest")
    git(folder, "config", "user.email", "harvest@example.com")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "as it was")
    return folder


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.mark.campaign  # the demo and the main path play them too
def test_the_demos_plays_fix_the_bug_and_then_what_the_reviewer_asks(tmp_path: Path) -> None:
    clone = seeded_clone(tmp_path / "clone")
    arguments = ["--permission-mode", "acceptEdits", "--tools", AGENT_TOOLS, "--allowedTools", AGENT_TOOLS]
    with anthropic_service(*sorted(PLAYS.glob("*.toml"))) as anthropic:
        places: dict[str, Any] = {"cwd": clone, "home": tmp_path / "home", "environment": anthropic.environment}
        first = run_claude(ISSUE, *arguments, **places)
        second = run_claude(FOLLOW_UP, *arguments, "--resume", first.result["session_id"], **places)
        scenes = anthropic.scenes()

    assert scenes == [
        *(
            "fix/plan",
            "fix/read",
            "fix/test",
            "fix/see-it-fail",
            "fix/fix",
            "fix/see-it-pass",
            "fix/note",
            "fix/commit",
            "fix/done",
        ),
        *("also/plan", "also/test", "also/fix", "also/commit", "also/done"),
    ]
    for run in (first, second):
        assert run.result["permission_denials"] == []
        assert len(run.result["result"].splitlines()[0]) <= 70
    assert git(clone, "log", "--format=%s", "-2").splitlines() == [
        "Write less than half a second below zero as 0s",
        "Carry a second that format_span rounds up",
    ]
    assert git(clone, "status", "--porcelain") == ""
    subprocess.run([sys.executable, "-m", "unittest", "-q"], cwd=clone, check=True, capture_output=True)
