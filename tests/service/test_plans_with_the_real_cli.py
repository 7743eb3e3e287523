"""With the real CLI: what a planner tries to change is refused, a second Claude model reviews, and the approved plan is
carried out in the same conversation, which may change things by then."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.anthropic_service import claude_cli
from tests.scene import Scene, running_scene
from tests.service.plans import TASKS

pytestmark = pytest.mark.campaign

PLAY = f"""
title = "Plan, then do"

# The first that fits plays: what is approved has the request in its conversation.
[[acts]]
name = "do"
prompt = "approves plan v1"
[[acts.scenes]]
name = "write"
calls = [{{ tool = "Bash", input = {{ command = "echo 14 > weeks.txt && git add weeks.txt && git commit -q -m Weeks" }} }}]
[[acts.scenes]]
name = "done"
say = "Parse weeks\\n\\nThe plan was carried out."

[[acts]]
name = "review"
prompt = "This is the plan:"
[[acts.scenes]]
name = "give"
calls = [{{ tool = "give_findings", input = {{ findings = [
  {{ severity = "SHOULD", what = "No test for zero.", why = "It may break.", fix = "Add one to task 2." }},
] }} }}]

[[acts]]
name = "plan"
prompt = "asks you for a plan"
[[acts.scenes]]
name = "try"
calls = [
  {{ tool = "Bash", input = {{ command = "git log --oneline" }} }},
  {{ tool = "Bash", input = {{ command = "echo hasty > hasty.txt && git add -A && git commit -q -m Hasty" }} }},
]
[[acts.scenes]]
name = "done"
say = '''Parse weeks as seven days

## Plan
{TASKS}

Estimate: $1.00'''
"""


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene"), claude=claude_cli()) as scene:
        scene.model.play(PLAY)
        yield scene


def test_a_plan_is_made_without_a_change_and_then_carried_out_in_the_same_conversation(scene: Scene) -> None:
    issue = scene.open_issue("Parse a week", "As `2w`.")
    scene.comment(issue, "/harvest plan")
    planned = scene.wait_for_end(issue)
    assert planned.outcome == "succeeded", planned.ending
    assert [command["exit_code"] for command in planned.report["commands"]] == [0, None], (
        "what would change something is refused"
    )
    (comment,) = [one for one in scene.comments(issue) if "<!-- harvest:plan:" in one]
    assert "by `claude-opus-5-5` (a second Claude model, because `GEMINI_API_KEY` is not set)" in comment
    assert "**SHOULD** No test for zero." in comment
    assert planned.report["cost_usd"] > 0

    scene.comment(issue, "/harvest approve")
    done = scene.wait_for_end(issue, number=2)
    assert done.outcome == "succeeded", done.ending
    (pull,) = scene.pulls_of(issue)
    files = {one["filename"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")}
    assert "weeks.txt" in files
    assert "hasty.txt" not in files
    assert any(path.startswith(".claude/plans/") for path in files)
    asked = [json.dumps(one["body"]) for one in scene.model.requests() if one["scene"] == "do/write"]
    assert "Parse weeks as seven days" in asked[0]
    assert "asks you for a plan" in asked[0], "the conversation goes on"


def test_opusplan_plans_with_one_model_and_does_with_the_other(scene: Scene) -> None:
    scene.model.forget()
    issue = scene.open_issue("Parse a fortnight", "As `2f`.")
    scene.comment(issue, "/harvest plan --model opusplan")
    planned = scene.wait_for_end(issue)
    assert planned.outcome == "succeeded", planned.ending
    scene.comment(issue, "/harvest approve --model opusplan")
    done = scene.wait_for_end(issue, number=2)

    assert done.outcome == "succeeded", done.ending
    assert [job.result_of("acknowledge")["model"] for job in (planned, done)] == ["opusplan", "opusplan"]
    models = {one["scene"]: one["body"]["model"] for one in scene.model.requests() if one["scene"] not in (None, "side")}
    assert models["plan/try"].startswith("claude-opus")
    assert models["do/write"].startswith("claude-sonnet")
