"""With the real CLI: it proposes by `remember`, a maintainer says yes, and in the follow-up it finds that by `recall`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.anthropic_service import claude_cli
from tests.scene import Scene, running_scene
from tests.service.answers import say

pytestmark = pytest.mark.campaign

LESSON = "Weeks have seven days in every text."

PLAY = f"""
title = "Learn"

[[acts]]
name = "learn"
prompt = "Parse a week"
[[acts.scenes]]
name = "work"
calls = [
  {{ tool = "mcp__harvest__remember", input = {{ kind = "lesson", text = "{LESSON}" }} }},
  {{ tool = "Bash", input = {{ command = "echo 7 > weeks.txt && git add weeks.txt && git commit -q -m Weeks" }} }},
]
[[acts.scenes]]
name = "done"
say = "Parse weeks\\n\\nThe issue says so."

[[acts]]
name = "use"
prompt = "Parse a fortnight"
[[acts.scenes]]
name = "look"
calls = [
  {{ tool = "mcp__harvest__recall", input = {{ query = "week" }} }},
  {{ tool = "Bash", input = {{ command = "echo 14 > weeks.txt && git commit -q -am Fortnights" }} }},
]
[[acts.scenes]]
name = "done"
say = "Parse fortnights\\n\\nTwo weeks."
"""


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene"), claude=claude_cli()) as scene:
        scene.model.play(PLAY)
        yield scene


def test_a_lesson_is_proposed_approved_told_and_found(scene: Scene) -> None:
    issue = scene.open_issue("Weeks", "As `2w`.")
    scene.comment(issue, "/harvest Parse a week")
    (entry,) = scene.wait_for_end(issue).report["remembers"]
    assert LESSON in say(scene, scene.repo, issue, f"/harvest memory approve {entry}")
    scene.comment(issue, "/harvest Parse a fortnight")
    job = scene.wait_for_end(issue, number=2)
    assert job.outcome == "succeeded", job.ending
    assert LESSON in job.result_of("compose_prompt")["text"]
    assert f"Used from memory: {entry}." in job.report["notes"][0]
    assert any("(harvest: recall)" in answer and LESSON in answer for answer in scene.model.tool_answers())
