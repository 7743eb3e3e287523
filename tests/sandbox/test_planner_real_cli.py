"""The real Claude CLI as a planner: it looks, and what would change anything is refused, whatever its model tries."""

from __future__ import annotations

from pathlib import Path

from sandbox import run
from sandbox.agent import differences
from sandbox.stream import Init, Result, ToolAnswered, read_line
from tests.sandbox.agents import RUN, ended
from tests.sandbox.real_cli import claude_at_work

PLAY = """
title = "Tries to change something"
[[acts]]
name = "plan"
prompt = "plan"
[[acts.scenes]]
name = "try"
calls = [
  { tool = "Read", input = { file_path = "${cwd}/a.txt" } },
  { tool = "Bash", input = { command = "cat a.txt", description = "Look" } },
  { tool = "Bash", input = { command = "echo more >> a.txt", description = "Append" } },
  { tool = "Bash", input = { command = "touch b.txt", description = "Make a file" } },
  { tool = "Bash", input = { command = "git init -q .", description = "Make a repository" } },
  { tool = "Write", optional = true, input = { file_path = "${cwd}/c.txt", content = "more" } },
]
[[acts.scenes]]
name = "done"
say = "The plan."
"""


async def test_the_real_cli_refuses_a_planner_whatever_would_change_something(root: Path) -> None:
    at_work = claude_at_work(root, PLAY, "Please make a plan", plans=True, files={"a.txt": b"as it was\n"})
    async with at_work as (sandbox, agent):
        events = [event async for _, line in run.follow(sandbox, RUN) for event in read_line(line)]

        assert (await ended(sandbox)).exit_code == 0
        (begun,) = [event for event in events if isinstance(event, Init)]
        assert differences(agent, begun, api_key_source="ANTHROPIC_API_KEY") == []
        answers = [event for event in events if isinstance(event, ToolAnswered)]
        assert [answer.is_error for answer in answers] == [False, False, True, True, True], answers
        (result,) = [event for event in events if isinstance(event, Result)]
        assert result.text == "The plan."
        listed = await sandbox.run(["ls", "-A"], cwd=sandbox.paths.workspace)
        assert listed.stdout.split() == [b"a.txt"]
        assert await sandbox.read_file(f"{sandbox.paths.workspace}/a.txt") == b"as it was\n"
