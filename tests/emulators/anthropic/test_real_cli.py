"""The real Claude CLI against the emulator."""

from __future__ import annotations

from pathlib import Path

from tests.anthropic_service import AnthropicService, run_claude

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
