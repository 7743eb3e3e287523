"""Linear with the real CLI, which calls a tool of it beside what it was told; and what a crash leaves untold there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from github_app.settings.repository import SETTINGS_FILE
from tests.anthropic_service import claude_cli
from tests.linear_service import LinearService, linear_service
from tests.scene import Scene, eventually, running_scene

pytestmark = pytest.mark.campaign

PLAY = """
title = "Round half up"

[[acts]]
name = "change"
prompt = "Round"
[[acts.scenes]]
name = "look"
calls = [
  { tool = "mcp__linear__list_comments", input = { issueId = "ENG-5" } },
  { tool = "mcp__linear__save_comment", input = { issueId = "ENG-5", body = "Which half?" } },
  { tool = "Bash", input = { command = "echo up > half.txt && git add half.txt && git commit -q -m Half" } },
]
[[acts.scenes]]
name = "done"
say = "Round half up\\n\\nThe issue says so."
"""


@pytest.fixture(scope="module")
def linear(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinearService]:
    with linear_service(tmp_path_factory.mktemp("linear")) as service:
        service.put("ENG-5", title="Round half up", comments=[{"by": "Ben", "body": "Half goes up.<!-- not down -->"}])
        yield service


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, linear: LinearService) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("scene")
    declared = folder / "mcp.toml"
    declared.write_text(
        f'[linear]\nkind = "linear"\nurl = "{linear.mcp}"\ncredential = "LINEAR_API_KEY"\ntools = ["list_comments"]\n'
        'changing = ["save_comment"]\nteams = ["ENG"]\ntell = ["start", "opened"]\n'
    )
    env = {"HARVEST_MCP": str(declared), "LINEAR_API_KEY": linear.key}
    with running_scene(folder, claude=claude_cli(), env=env) as scene:
        scene.model.play(PLAY)
        scene.github.push(scene.github.repository, "main", {SETTINGS_FILE: "tools: [linear]\n"}, scene.maintainer)
        yield scene


def test_the_cli_calls_linears_tools_and_what_a_crash_left_untold_is_told_once(scene: Scene, linear: LinearService) -> None:
    issue = scene.open_issue("Round half up")
    scene.comment(issue, "/harvest Round as ENG-5 says")

    job = scene.wait_for_end(issue)

    assert job.outcome == "succeeded", job.ending
    used = {(use["tool"], use["calls"], use["failed"]) for use in job.report["tools"] if use["server"] == "linear"}
    assert used == {("list_comments", 1, 0), ("save_comment", 1, 0)}
    asked = str(scene.model.requests())
    assert "Half goes up." in asked
    assert "not down" not in asked
    assert linear.key not in asked
    eventually(lambda: len(linear.said("ENG-5")) == 3, "the agent's comment, and two of Harvest's")

    linear.fail("lost")
    other = scene.open_issue("Round half up again")
    scene.comment(other, "/harvest Round as ENG-5 says, again")
    eventually(lambda: len(linear.said("ENG-5")) >= 4, "that it began, told by nobody who knows")
    scene.harvest.kill()
    linear.mend()
    scene.harvest.start()
    assert scene.wait_for_end(other).outcome == "succeeded"
    eventually(
        lambda: scene.harvest.query("SELECT count(*) FROM issue_notes WHERE outcome = 'told'") == [(4,)], "everything told"
    )

    said = linear.said("ENG-5")
    assert [sum(words in one for one in said) for words in ("Which half?", "-start-", "-opened-")] == [2, 2, 2]
