"""`kill -9` of the service while the real CLI works: it goes on by itself, and whoever starts again reads on where it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.anthropic_service import claude_cli
from tests.scene import HOLD, Scene, eventually, running_scene
from tests.service.backends import on_both, on_both_in_the_campaign

# In the first act the kill comes while a tool runs, in the second while the model is answering.
PLAY = f"""
title = "Killed while it works"

[[acts]]
name = "tool"
prompt = "Killed while a tool runs"
[[acts.scenes]]
name = "hold"
calls = [{{ tool = "Bash", input = {{ command = '''touch ~/runs; {HOLD}''' }} }}]
[[acts.scenes]]
name = "commit"
calls = [{{ tool = "Bash", input = {{ command = "echo x > tool.txt && git add -A && git commit -q -m Tool" }} }}]
[[acts.scenes]]
name = "done"
say = "Write a file\\n\\nA tool wrote it."

[[acts]]
name = "answer"
prompt = "Killed while the model answers"
[[acts.scenes]]
name = "commit"
fault = {{ kind = "silence", after_events = 2 }}
calls = [{{ tool = "Bash", input = {{ command = "echo x > answer.txt && git add -A && git commit -q -m Answer" }} }}]
[[acts.scenes]]
name = "done"
say = "Write a file\\n\\nThe model was asked again for the answer that nobody heard."
"""


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory, backend: str) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene"), backend, claude=claude_cli()) as scene:
        scene.model.play(PLAY)
        yield scene


@on_both
@pytest.mark.campaign
def test_killed_while_a_tool_runs_the_model_is_asked_once_for_each_turn(scene: Scene) -> None:
    issue = scene.open_issue("Killed while a tool runs")
    scene.label(issue)
    job = scene.wait_for_step(issue, "run_agent")
    eventually(lambda: scene.sandboxes.has(job.session, "runs"), "the tool at work")
    scene.harvest.kill()
    scene.let_go(job)
    scene.harvest.start()
    ended = scene.wait_for_end(issue)
    assert ended.outcome == "succeeded", ended.ending
    asked = Counter(name for name in scene.model.scenes() if name.startswith("tool/"))
    assert asked == {"tool/hold": 1, "tool/commit": 1, "tool/done": 1}
    assert len(scene.pulls_of(issue)) == 1
    seen = [command["exit_code"] for command in ended.report["commands"]]
    assert seen == [0, 0], "what was seen before the kill is told as well, and once"


@on_both_in_the_campaign
def test_killed_while_the_model_answers_it_is_asked_again_for_that_turn_alone(scene: Scene) -> None:
    issue = scene.open_issue("Killed while the model answers")
    scene.label(issue)
    eventually(lambda: "answer/commit" in scene.model.scenes(), "the model answering")
    scene.harvest.kill()
    scene.harvest.start()
    ended = scene.wait_for_end(issue)
    assert ended.outcome == "succeeded", ended.ending
    asked = Counter(name for name in scene.model.scenes() if name.startswith("answer/"))
    assert asked == {"answer/commit": 2, "answer/done": 1}
    (pull,) = scene.pulls_of(issue)
    assert scene.pull(pull["number"])["commits"] == 1
