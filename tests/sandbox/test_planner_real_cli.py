"""The real Claude CLI as a planner: it looks, and what would change anything is refused, whatever its model tries."""

from __future__ import annotations

import uuid
from pathlib import Path

from sandbox import run
from sandbox.agent import ENVIRONMENT, AgentSpec, command_line, differences, user_message
from sandbox.local import LocalBackend
from sandbox.protocol import Egress, SandboxSpec
from sandbox.run import RunSpec
from sandbox.secret import Secret
from sandbox.stream import Init, Result, ToolAnswered, read_line
from tests.anthropic_service import anthropic_service, claude_cli
from tests.sandbox.agents import RUN, ended

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
    backend = LocalBackend(root, claude=claude_cli(), allow_unisolated=True)
    sandbox = await backend.create(SandboxSpec(name="job-1", session="issue-7"))
    try:
        rules = f"{sandbox.paths.control}/rules.md"
        await sandbox.write_file(rules, b"Be brief.")
        await sandbox.write_file(f"{sandbox.paths.workspace}/a.txt", b"as it was\n")
        conversation, isolated = str(uuid.uuid4()), sandbox.isolated
        agent = AgentSpec("claude", "claude-sonnet-5-5", conversation, False, isolated, rules, max_turns=10, plans=True)
        with anthropic_service() as anthropic:
            anthropic.play(PLAY)
            await sandbox.set_egress(Egress(services=(anthropic.url,)))
            wanted = RunSpec(
                argv=command_line(agent),
                cwd=sandbox.paths.workspace,
                messages=[user_message("Please make a plan")],
                env={**ENVIRONMENT, "ANTHROPIC_BASE_URL": anthropic.url},
                wall_seconds=60,
            )
            await run.start(sandbox, RUN, wanted, {"ANTHROPIC_API_KEY": Secret(anthropic.api_key)})
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
    finally:
        await sandbox.terminate()
