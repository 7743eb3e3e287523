"""fix-ci: what the failing checks of a pull request say becomes a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scene import HOLD, Scene, eventually, instructions, running_scene

WORKFLOW = """
name: Tests
on: [push]
jobs:
  tests:
    steps:
      - uses: actions/checkout@v4
      - name: Run the tests
        run: sh tests.sh
"""
RED = "echo the unit is wrong in seconds.py; echo '::error file=seconds.py,line=3::Expected 60, got 100'; exit 1"
GREEN = "echo fine"


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory, backend: str) -> Iterator[Scene]:
    """A GitHub whose workflows run."""
    with running_scene(tmp_path_factory.mktemp("scene"), backend, github_options=("--run-workflows",)) as scene:
        yield scene


def open_pull(scene: Scene, branch: str, script: str) -> dict[str, Any]:
    files = {".github/workflows/tests.yml": WORKFLOW, "tests.sh": script}
    scene.github.push(scene.github.repository, branch, files, scene.maintainer)
    opened: dict[str, Any] = scene.maintainer.post(
        f"{scene.repo}/pulls", {"title": f"Try {branch}", "head": branch, "base": "main"}
    )
    return opened


def conclusion(scene: Scene, sha: str) -> str | None:
    """How the check of the workflow ended there, once it has."""
    runs = [run for run in scene.check_runs(sha) if run["name"] == "tests"]
    return runs[0]["conclusion"] if runs else None


def test_a_red_check_is_read_and_made_green(scene: Scene) -> None:
    pull = open_pull(scene, "red", RED)
    eventually(lambda: conclusion(scene, pull["head"]["sha"]) == "failure", "the check to fail")
    # The agent of these tests does what its prompt says: so the fix stands in the pull request's own text.
    mend = f"{HOLD}printf '%s\\n' '{GREEN}' > tests.sh && git commit -qam 'Mend the unit'"
    scene.maintainer.patch(f"{scene.repo}/pulls/{pull['number']}", {"body": instructions(mend)})
    scene.comment(pull["number"], "/harvest fix-ci --budget 1")
    running = scene.wait_for_step(pull["number"], "run_agent")
    scene.comment(pull["number"], "/harvest fix-ci", by=scene.github.maintainer)
    stands = "`mira-okafor` asked for `fix 1 failing check …` · the agent is at work"
    (said,) = eventually(
        lambda: [said for said in scene.comments(pull["number"]) if stands in said and "###" not in said], "how it stands"
    )
    assert "That is what was asked for here, so nothing more was started." in said
    scene.let_go(running)
    job = scene.wait_for_end(pull["number"])
    assert job.outcome == "succeeded"
    prompt = job.result_of("compose_prompt")["text"]
    for said in (
        "The check tests ended with: failure.",
        "seconds.py:3: failure: Expected 60, got 100",
        "the unit is wrong in",
    ):
        assert said in prompt
    assert "fix 1 failing check" in scene.comments(pull["number"])[0]
    head = scene.pull(pull["number"])["head"]["sha"]
    eventually(lambda: conclusion(scene, head) == "success", "the check to be green")

    scene.comment(pull["number"], "/harvest fix-ci")
    none = f"No check fails on `{head[:7]}`. Nothing was started."
    scene.wait_for_comment(pull["number"], none)
    assert len(scene.harvest.jobs(pull["number"])) == 1


@pytest.mark.campaign
def test_without_the_permission_to_read_them_it_is_said_what_is_missing(scene: Scene) -> None:
    pull = open_pull(scene, "unread", GREEN)
    number = scene.github.as_app().get(f"/repos/{scene.github.repository}/installation")["id"]
    granted = scene.github.as_app().get(f"/app/installations/{number}")["permissions"]
    less = {name: level for name, level in granted.items() if name not in ("actions", "statuses")}
    scene.github.control("PATCH", f"installations/{number}", {"permissions": less})
    scene.harvest.restart()  # a token that it holds was made with the old permissions
    scene.comment(pull["number"], "/harvest fix-ci")
    (said,) = eventually(lambda: scene.comments(pull["number"]), "the answer")
    scene.github.control("PATCH", f"installations/{number}", {"permissions": granted})
    assert "The checks can't be read: the App was not granted `actions: read` and `statuses: read`." in said
    assert scene.harvest.jobs(pull["number"]) == []


def test_on_an_issue_there_are_no_checks_to_fix(scene: Scene) -> None:
    issue = scene.open_issue("No checks here")
    scene.comment(issue, "/harvest fix-ci")
    (said,) = eventually(lambda: scene.comments(issue), "the answer")
    assert "`/harvest fix-ci` can't be used here." in said
