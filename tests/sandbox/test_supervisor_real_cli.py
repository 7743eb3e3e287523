"""The real Claude CLI under the supervisor: a message that comes while a tool runs, and an end without waiting."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

from sandbox import run
from sandbox.agent import ENVIRONMENT, AgentSpec, command_line, user_message
from sandbox.local import LocalBackend
from sandbox.protocol import Egress, SandboxSpec
from sandbox.run import RunSpec
from sandbox.secret import Secret
from tests.anthropic_service import anthropic_service, claude_cli
from tests.sandbox.agents import RUN, ended

PLAY = """
title = "Waits in a tool"
[[acts]]
name = "work"
prompt = "work"
[[acts.scenes]]
name = "wait"
[[acts.scenes.calls]]
tool = "Bash"
input = { command = "until [ -e go ]; do sleep 0.05; done; id -u", description = "Wait" }
[[acts.scenes]]
name = "done"
say = "Work done."
[[acts]]
name = "more"
prompt = "more"
[[acts.scenes]]
name = "done"
say = "More done."
"""


async def test_the_real_cli_takes_a_message_while_a_tool_runs_and_ends_by_itself(root: Path) -> None:
    backend = LocalBackend(root, claude=claude_cli(), allow_unisolated=True)
    sandbox = await backend.create(SandboxSpec(name="job-1", session="issue-7"))
    try:
        rules = f"{sandbox.paths.control}/rules.md"
        await sandbox.write_file(rules, b"Be brief.")
        agent = AgentSpec(
            cli="claude",
            model="claude-sonnet-4-5",
            session_id=str(uuid.uuid4()),
            resume=False,
            isolated=sandbox.isolated,
            rules_path=rules,
            max_turns=10,
        )
        with anthropic_service() as anthropic:
            anthropic.play(PLAY)
            await sandbox.set_egress(Egress(services=(anthropic.url,)))
            wanted = RunSpec(
                argv=command_line(agent),
                cwd=sandbox.paths.workspace,
                messages=[user_message("Please do the work")],
                env={**ENVIRONMENT, "ANTHROPIC_BASE_URL": anthropic.url},
                settle_seconds=600,
                wall_seconds=60,
            )
            await run.start(sandbox, RUN, wanted, {"ANTHROPIC_API_KEY": Secret(anthropic.api_key)})

            echoes, said = [], []
            async for _, line in run.follow(sandbox, RUN):
                event = json.loads(line)
                content = event.get("message", {}).get("content", [])
                if event["type"] == "assistant" and any(part["type"] == "tool_use" for part in content):
                    await run.send(sandbox, RUN, user_message("And one thing more"), message_id="comment-5")
                    await sandbox.write_file(f"{sandbox.paths.workspace}/go", b"")
                if event.get("isReplay"):
                    echoes.append(content[0]["text"])
                if event["type"] == "result":
                    said.append(event["result"])

        end = await ended(sandbox)
        assert (end.reason, end.exit_code, end.messages) == ("ended", 0, ("first0", "comment-5"))
        assert echoes == ["Please do the work", "And one thing more"]
        assert said[0] == "Work done."
        assert end.results == len(said) <= 2
    finally:
        await sandbox.terminate()
