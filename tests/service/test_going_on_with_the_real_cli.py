"""The real CLI goes on: after `kill -9` of the service while it works, and in a session's next job, where it remembers what
was said and takes over nothing else.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.anthropic_service import claude_cli
from tests.scene import HOLD, Scene, eventually, running_scene
from tests.service.backends import on_both, on_both_in_the_campaign

HOOK = '{"hooks": {"SessionStart": [{"hooks": [{"type": "command", "command": "touch $TMPDIR/hooked"}]}]}}'

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

[[acts]]
name = "stopped"
prompt = "Stopped while a tool runs"
[[acts.scenes]]
name = "hold"
calls = [{{ tool = "Bash", input = {{ command = '''
echo x > half.txt && git add -A && git commit -q -m Half && touch ~/runs; {HOLD}''' }} }}]
[[acts.scenes]]
name = "never"
say = "It was not stopped."

[[acts]]
name = "resumed"
prompt = "asks you to go on with it"
[[acts.scenes]]
name = "finish"
calls = [{{ tool = "Bash", input = {{ command = "echo y > whole.txt && git add -A && git commit -q -m Whole" }} }}]
[[acts.scenes]]
name = "done"
say = "Finish it\\n\\nThe other half is there."

[[acts]]
name = "leave"
prompt = "Leave a hook for the next one"
[[acts.scenes]]
name = "leave"
calls = [{{ tool = "Bash", input = {{ command = '''
mkdir -p ~/.claude; for folder in "$CLAUDE_CONFIG_DIR" ~/.claude; do echo '{HOOK}' > $folder/settings.json; done
echo left > left.txt && git add -A && git commit -q -m Left''' }} }}]
[[acts.scenes]]
name = "done"
say = "Write a file\\n\\nIt was left."

[[acts]]
name = "look"
prompt = "look whether it was taken over"
[[acts.scenes]]
name = "look"
calls = [{{ tool = "Bash", input = {{ command = '''
ls $TMPDIR/hooked > seen.txt 2>&1 || echo "nothing ran" > seen.txt; git add -A && git commit -q -m Seen''' }} }}]
[[acts.scenes]]
name = "done"
say = "Look\\n\\nIt was looked for."
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


@pytest.mark.campaign
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


@pytest.mark.campaign
@on_both_in_the_campaign
def test_what_was_stopped_is_resumed_without_the_prompt_and_the_cli_takes_it_up_no_sooner(scene: Scene) -> None:
    issue = scene.open_issue("Stopped while a tool runs")
    scene.label(issue)
    job = scene.wait_for_step(issue, "run_agent")
    eventually(lambda: scene.sandboxes.has(job.session, "runs"), "the tool at work")
    scene.comment(issue, "/harvest stop")
    assert scene.wait_for_end(issue).outcome == "stopped"
    scene.comment(issue, "/harvest resume")
    ended = scene.wait_for_end(issue, number=2)
    assert ended.outcome == "succeeded", ended.ending
    asked = Counter(name for name in scene.model.scenes() if name.startswith(("stopped/", "resumed/")))
    assert asked == {"stopped/hold": 1, "resumed/finish": 1, "resumed/done": 1}
    (told,) = [json.dumps(one["body"]["messages"]) for one in scene.model.requests() if one["scene"] == "resumed/finish"]
    assert told.count("asks you to do what issue") == 1, "it remembers what it was asked, and was not asked again"
    (pull,) = scene.pulls_of(issue)
    files = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")
    assert [one["filename"] for one in files] == ["half.txt", "whole.txt"]


@on_both_in_the_campaign
def test_the_next_job_remembers_what_was_said_and_runs_no_hook_that_the_last_one_left(scene: Scene) -> None:
    issue = scene.open_issue("Leave a hook for the next one")
    scene.label(issue)
    assert scene.wait_for_end(issue).outcome == "succeeded"
    scene.comment(issue, "/harvest look whether it was taken over")
    ended = scene.wait_for_end(issue, number=2)
    assert ended.outcome == "succeeded", ended.ending
    (pull,) = scene.pulls_of(issue)
    files = {one["filename"]: one["patch"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")}
    assert "nothing ran" in files["seen.txt"]
    asked = [json.dumps(one["body"]) for one in scene.model.requests() if one["scene"] == "look/look"]
    assert "Leave a hook for the next one" in asked[0]
    assert "It was left." in asked[0], "in its own words, and not only in the prompt"
