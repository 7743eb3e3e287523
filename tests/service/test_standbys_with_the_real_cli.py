"""The real CLI waits in a standby: it remembers what was said, and takes up nothing that the last agent left to be done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.anthropic_service import claude_cli
from tests.scene import Scene, eventually, running_scene

HOOK = '{"hooks": {"SessionStart": [{"hooks": [{"type": "command", "command": "touch $TMPDIR/hooked"}]}]}}'
# The CLI has a schedule of prompts, which it looks for in its working directory.
TASK = '{"id": "0a0b0c0d", "cron": "* * * * *", "recurring": true, "createdAt": %s000, "prompt": "Nobody asked for this"}'

PLAY = f"""
title = "Left for the one that waits"

[[acts]]
name = "leave"
prompt = "Leave something for the next one"
[[acts.scenes]]
name = "leave"
calls = [{{ tool = "Bash", input = {{ command = '''
mkdir .claude && echo '{HOOK}' > .claude/settings.json
printf '{{"tasks": [{TASK}]}}' $(($(date +%s) - 3600)) > .claude/scheduled_tasks.json
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
    folder = tmp_path_factory.mktemp("scene")
    with running_scene(folder, backend, claude=claude_cli(), env={"HARVEST_STANDBYS": "1"}) as scene:
        scene.model.play(PLAY)
        yield scene


def said_by_people(messages: list[dict[str, Any]]) -> list[str]:
    """What the model takes for words of theirs."""
    parts = [part for message in messages if message["role"] == "user" for part in message["content"]]
    return [part["text"] for part in parts if part["type"] == "text"]


@pytest.mark.further
def test_it_goes_on_where_it_waits_and_does_nothing_that_the_last_one_left_to_be_done(scene: Scene) -> None:
    issue = scene.open_issue("Leave something for the next one")
    scene.label(issue)
    first = scene.wait_for_end(issue)
    assert first.outcome == "succeeded", first.ending
    waits = "SELECT run_id FROM standbys WHERE session_id = ?"
    ((run,),) = eventually(lambda: scene.harvest.query(waits, first.session), "its standby")

    scene.comment(issue, "/harvest look whether it was taken over")
    ended = scene.wait_for_end(issue, number=2)

    assert ended.outcome == "succeeded", ended.ending
    assert ended.result_of("open_sandbox")["waiting"]["run_id"] == run
    assert ended.result_of("run_agent")["title"] == "Look"
    (pull,) = scene.pulls_of(issue)
    files = {one["filename"]: one["patch"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")}
    assert "nothing ran" in files["seen.txt"]
    (asked,) = [one["body"] for one in scene.model.requests() if one["scene"] == "look/look"]
    assert "It was left." in json.dumps(asked), "in its own words, and not only in the prompt"
    assert not [words for words in said_by_people(asked["messages"]) if "Nobody asked for this" in words]
