"""With the real CLI: it reads an issue by a tool of Harvest's, also when it plans, and starts as it was asked to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from github_app.settings.repository import SETTINGS_FILE
from tests.anthropic_service import claude_cli
from tests.scene import Scene, running_scene
from tests.service.plans import TASKS

pytestmark = pytest.mark.campaign

PLAY = f"""
title = "Look it up"

[[acts]]
name = "plan"
prompt = "asks you for a plan"
[[acts.scenes]]
name = "look"
calls = [
  {{ tool = "mcp__harvest__report_progress", input = {{ doing = "Looking it up" }} }},
  {{ tool = "mcp__github__get_issue", input = {{ issue_number = 1 }} }},
]
[[acts.scenes]]
name = "done"
say = '''Parse weeks as seven days

## Plan
{TASKS}

Estimate: $1.00'''

[[acts]]
name = "change"
prompt = "Parse"
[[acts.scenes]]
name = "look"
calls = [
  {{ tool = "mcp__github__get_issue", input = {{ issue_number = 1 }} }},
  {{ tool = "Bash", input = {{ command = "echo 14 > weeks.txt && git add weeks.txt && git commit -q -m Weeks" }} }},
]
[[acts.scenes]]
name = "done"
say = "Parse weeks\\n\\nThe issue says so."
"""


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("scene")
    declared = folder / "mcp.toml"
    declared.write_text('[github]\nbuiltin = "github"\n')
    with running_scene(folder, claude=claude_cli(), env={"HARVEST_MCP": str(declared)}) as scene:
        scene.model.play(PLAY)
        scene.github.push(scene.github.repository, "main", {SETTINGS_FILE: "tools: [github]\n"}, scene.maintainer)
        yield scene


@pytest.mark.parametrize("command", ["/harvest", "/harvest plan"])
def test_the_cli_uses_a_tool_of_harvests(scene: Scene, command: str) -> None:
    issue = scene.open_issue("Parse a week", "As `2w`.")
    scene.comment(issue, f"{command} Parse a week")

    job = scene.wait_for_end(issue)

    assert job.outcome == "succeeded", job.ending
    assert job.report["tools"] == [{"server": "github", "tool": "get_issue", "calls": 1, "failed": 0}]
    assert any("(github: get_issue)" in answer and "#1 " in answer for answer in scene.model.tool_answers())
    scene.model.forget()
