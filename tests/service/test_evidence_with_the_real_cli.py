"""With the real CLI: it waits for tests that take longer than its own patience with a silent server, and people are told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from github_app.settings.repository import SETTINGS_FILE
from tests.anthropic_service import claude_cli
from tests.scene import JOB_SECONDS, Scene, running_scene
from tests.waiting import wait_until

pytestmark = pytest.mark.campaign

# By itself the CLI gives a call up after 60 seconds without a first byte.
SECONDS = 80
PLAY = """
title = "Run the tests"

[[acts]]
name = "change"
prompt = "Parse"
[[acts.scenes]]
name = "look"
calls = [{ tool = "Bash", input = { command = "echo 14 > weeks.txt && git add weeks.txt && git commit -q -m Weeks" } }]
[[acts.scenes]]
name = "tests"
calls = [{ tool = "mcp__harvest__run_tests", input = {} }]
[[acts.scenes]]
name = "done"
say = "Parse weeks\\n\\nAll tests pass."
"""


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene"), claude=claude_cli()) as scene:
        scene.model.play(PLAY)
        settings = f"test: ['sleep {SECONDS}; test -s weeks.txt']\n"
        scene.github.push(scene.github.repository, "main", {SETTINGS_FILE: settings}, scene.maintainer)
        yield scene


def test_the_cli_waits_for_the_end_of_the_tests(scene: Scene) -> None:
    issue = scene.open_issue("Parse a week", "As `2w`.")
    scene.comment(issue, "/harvest Parse a week")
    # The patience of a scene is for jobs that take seconds.
    long = SECONDS + 3 * JOB_SECONDS
    wait_until(lambda: [job for job in scene.harvest.jobs(issue) if job.state == "ended"], "its end", seconds=long)
    job = scene.wait_for_end(issue)

    assert job.outcome == "succeeded", job.ending
    ((code, seconds),) = scene.harvest.query("SELECT exit_code, ended_at - began_at FROM evidence WHERE job_id = ?", job.id)
    assert (code, seconds >= SECONDS) == (0, True)
    (pull,) = scene.pulls_of(issue)
    assert "Tests pass: Harvest ran `sleep" in pull["body"]
