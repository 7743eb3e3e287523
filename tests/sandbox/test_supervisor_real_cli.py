"""The real Claude CLI under the supervisor: a message that comes while a tool runs, and an end without waiting."""

from __future__ import annotations

import json
from pathlib import Path

from sandbox import run
from sandbox.agent import user_message
from tests.sandbox.agents import RUN, ended
from tests.sandbox.real_cli import claude_at_work

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
    async with claude_at_work(root, PLAY, "Please do the work", settle_seconds=600) as (sandbox, _):
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
        assert (end.reason, end.exit_code, end.messages) == ("ended", 0, ("setup0", "first0", "comment-5"))
        assert echoes == ["Please do the work", "And one thing more"]
        assert said[0] == "Work done."
        assert end.results == len(said) <= 2
