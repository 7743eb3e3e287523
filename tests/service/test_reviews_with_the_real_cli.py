"""With the real CLI: a reviewer reads the difference and can change nothing, gives its review again when it can't be read, and
the agent that wrote the change goes on in its own conversation."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.anthropic_service import claude_cli
from tests.scene import BOT, Scene, running_scene

pytestmark = pytest.mark.campaign

REVIEW = json.dumps(
    {
        "summary": "It adds a file.",
        "findings": [
            {
                "severity": "SHOULD",
                "what": "The number is wrong.",
                "why": "A fortnight has 14 days.",
                "fix": "Write 14.",
                "path": "weeks.txt",
                "line": 1,
                "suggestion": "14",
            }
        ],
    }
)
PLAY = f"""
title = "Do, then review"

[[acts]]
name = "again"
prompt = "Your review can't be used"
[[acts.scenes]]
name = "give"
say = '''```json
{REVIEW}
```'''

[[acts]]
name = "review"
prompt = "asks you to review pull request"
[[acts.scenes]]
name = "look"
calls = [
  {{ tool = "Bash", input = {{ command = "git diff origin/main...HEAD" }} }},
  {{ tool = "Bash", input = {{ command = "echo hasty > hasty.txt && git add -A && git commit -q -m Hasty" }} }},
]
[[acts.scenes]]
name = "done"
say = "It looks fine to me."

[[acts]]
name = "mend"
prompt = "A reviewer has looked at the pull request"
[[acts.scenes]]
name = "write"
calls = [{{ tool = "Bash", input = {{ command = "echo 14 > weeks.txt && git commit -q -a -m Mend" }} }}]
[[acts.scenes]]
name = "done"
say = "Write 14"

[[acts]]
name = "do"
prompt = "asks you to do what"
[[acts.scenes]]
name = "write"
calls = [{{ tool = "Bash", input = {{ command = "echo 15 > weeks.txt && git add weeks.txt && git commit -q -m Weeks" }} }}]
[[acts.scenes]]
name = "done"
say = "Count a fortnight"
"""


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene"), claude=claude_cli()) as scene:
        scene.model.play(PLAY)
        yield scene


def test_a_review_changes_nothing_and_is_known_to_the_agent_that_mends(scene: Scene) -> None:
    issue = scene.ask("Count a fortnight")
    assert scene.wait_for_end(issue).outcome == "succeeded"
    (pull,) = scene.pulls_of(issue)

    scene.comment(pull["number"], "/harvest review")
    reviewed = scene.wait_for_end(pull["number"])
    assert reviewed.outcome == "succeeded", reviewed.ending
    (review,) = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/reviews")
    assert (review["user"]["login"], review["commit_id"]) == (BOT, pull["head"]["sha"])
    (comment,) = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/comments")
    assert "```suggestion\n14\n```" in comment["body"]
    commands = [command["exit_code"] for command in reviewed.result_of("run_agent")["commands"]]
    assert commands == [0, None], "what would change something is refused"
    asked = [json.dumps(one["body"]) for one in scene.model.requests() if one["scene"] == "review/look"]
    assert "asks you to do what" not in asked[0], "the reviewer knows nothing of how the change was made"
    again = [json.dumps(one["body"]) for one in scene.model.requests() if one["scene"] == "again/give"]
    assert "asks you to review pull request" in again[0], "its own conversation goes on"

    scene.comment(pull["number"], "/harvest mend that")
    mended = scene.wait_for_end(pull["number"], number=2)
    assert mended.outcome == "succeeded", mended.ending
    asked = [json.dumps(one["body"]) for one in scene.model.requests() if one["scene"] == "mend/write"]
    assert "asks you to do what" in asked[0], "the agent that wrote it goes on in its own conversation"
    assert "A fortnight has 14 days." in asked[0]
