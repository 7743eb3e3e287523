"""A plan in a pull request of its own: reviewed there, revised, approved by a review, dropped by closing it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from github_app.settings.repository import SETTINGS_FILE
from tests.gemini_service import GeminiService, gemini_service
from tests.scene import Scene, commit, eventually, running_scene
from tests.service.plans import SOUND, a_plan, planning, reviewing


@pytest.fixture(scope="module")
def gemini() -> Iterator[GeminiService]:
    with gemini_service() as service:
        reviewing(service, ".", SOUND)
        yield service


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory, gemini: GeminiService) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene"), env=gemini.environment) as scene:
        scene.github.push(scene.github.repository, "main", {SETTINGS_FILE: "plan: pull-request\n"}, scene.maintainer)
        yield scene


def shown(scene: Scene, issue: int) -> dict[str, Any]:
    """The newest pull request that shows the issue's plan."""
    listed = scene.maintainer.get(f"{scene.repo}/pulls", state="all", per_page=100)
    return next(pull for pull in listed if pull["head"]["ref"].startswith(f"harvest/plan-{issue}-"))


def planned(scene: Scene, title: str, script: str = "") -> tuple[int, dict[str, Any]]:
    """An issue, and the pull request that shows its plan."""
    issue = scene.open_issue(title)
    scene.comment(issue, f"/harvest plan\n\n{planning(a_plan(title, script))}")
    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded", job.ending
    return issue, scene.pull(shown(scene, issue)["number"])


def review(scene: Scene, pull: dict[str, Any], event: str, body: str = "", *comments: dict[str, Any], **more: str) -> None:
    said = {"event": event, "body": body, "comments": list(comments), **more}
    scene.maintainer.post(f"{scene.repo}/pulls/{pull['number']}/reviews", said)


@pytest.mark.further
def test_a_plan_is_reviewed_revised_and_approved_as_a_pull_request_that_is_never_merged(scene: Scene) -> None:
    issue, pull = planned(scene, "Parse weeks")
    number, first = pull["number"], pull["head"]["sha"]
    assert pull["title"] == "[PLAN] Parse weeks"
    assert pull["draft"]
    assert f"for #{issue}: `mira-okafor` asked for " in pull["body"]
    (file,) = scene.maintainer.get(f"{scene.repo}/pulls/{number}/files")
    assert file["filename"].startswith(f".claude/plans/harvest/{issue}-parse-weeks/plan_")
    assert "+### 5. Step 5" in file["patch"]
    assert f"@mira-okafor Plan v1 is in #{number}." in scene.wait_for_comment(issue, "<!-- harvest:plan:")
    (run,) = scene.check_runs(first)
    assert (run["output"]["title"], len(run["output"]["summary"]) > 0) == ("Plan v1 waits for approval", True)
    assert scene.pulls_of(issue) == [], "nothing is changed before somebody approves"

    better = a_plan("Parse weeks and months", commit("weeks.txt"))
    on_a_line = {"path": file["filename"], "line": 1, "side": "RIGHT", "body": f"/harvest revise\n\n{planning(better)}"}
    review(scene, pull, "COMMENT", "", on_a_line)
    second = scene.wait_for_end(issue, number=2)
    assert second.report["plan"]["version"] == 2, second.ending
    pull = scene.pull(number)
    assert (pull["title"], pull["commits"], pull["changed_files"]) == ("[PLAN] Parse weeks and months", 2, 1)
    assert "[Plan v2]" in pull["body"]
    (reply,) = [
        one for one in scene.maintainer.get(f"{scene.repo}/pulls/{number}/comments") if one["user"]["login"] != "mira-okafor"
    ]
    assert f"Plan v2 is in #{number}: [what changed since v1](" in reply["body"]

    review(scene, pull, "APPROVE", commit_id=first)
    assert "`/harvest approve v2`" in scene.wait_for_comment(number, "Plan v1 was replaced by v2, so nothing was started.")
    review(scene, pull, "APPROVE", "Yes.")
    done = scene.wait_for_end(issue, number=3)
    assert done.outcome == "succeeded", done.ending
    scene.wait_for_comment(number, "Plan v2 is approved, so this pull request is closed without being merged.")
    closed = eventually(lambda: [one for one in [scene.pull(number)] if one["state"] == "closed"], "it closed")[0]
    assert not closed["merged"]
    branches = [one["name"] for one in scene.maintainer.get(f"{scene.repo}/branches", per_page=100)]
    assert closed["head"]["ref"] not in branches
    (work,) = scene.pulls_of(issue)
    files = [one["filename"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{work['number']}/files")]
    assert "weeks.txt" in files
    assert work["number"] != number


@pytest.mark.further
def test_a_plan_whose_pull_request_a_person_closes_is_dropped_and_that_is_said_once(scene: Scene) -> None:
    issue, pull = planned(scene, "Never mind")
    scene.maintainer.patch(f"{scene.repo}/pulls/{pull['number']}", {"state": "closed"})
    scene.wait_for_comment(pull["number"], "Plan v1 is dropped, because this pull request was closed")
    scene.comment(issue, "/harvest approve v1")
    scene.wait_for_comment(issue, f"Plan v1 was dropped when #{pull['number']} was closed, so nothing was started.")
    assert len([one for one in scene.comments(pull["number"]) if "is dropped" in one]) == 1
    assert len(scene.harvest.jobs(issue)) == 1


@pytest.mark.campaign
def test_what_a_person_pushes_to_a_plan_makes_it_void_and_stays_below_the_next_version(scene: Scene) -> None:
    issue, pull = planned(scene, "Edited by hand")
    scene.github.push(scene.github.repository, pull["head"]["ref"], {"mine.md": "Mine."}, scene.maintainer)
    scene.comment(pull["number"], "/harvest approve v1")
    scene.wait_for_comment(pull["number"], "somebody else pushed to")
    scene.comment(pull["number"], f"/harvest revise\n\n{planning(a_plan('Edited again'))}")
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded"
    now = scene.pull(pull["number"])
    assert (now["commits"], now["changed_files"]) == (3, 2)
    scene.comment(pull["number"], "/harvest approve")
    assert scene.wait_for_end(issue, number=3).outcome == "succeeded"


@pytest.mark.campaign
def test_a_plan_that_was_dropped_has_its_next_version_in_another_pull_request(scene: Scene) -> None:
    issue, pull = planned(scene, "Once more")
    scene.maintainer.patch(f"{scene.repo}/pulls/{pull['number']}", {"state": "closed"})
    scene.maintainer.delete(f"{scene.repo}/git/refs/heads/{pull['head']['ref']}")
    scene.comment(issue, f"/harvest revise\n\n{planning(a_plan('Better'))}")
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded"
    other = shown(scene, issue)
    assert other["number"] != pull["number"]
    assert (other["state"], other["title"]) == ("open", "[PLAN] Better")


@pytest.mark.campaign
def test_a_plan_that_cannot_be_pushed_is_posted_as_a_comment_which_says_why(scene: Scene) -> None:
    rules = {"name": "none", "target": "branch", "enforcement": "active", "rules": [{"type": "creation"}]}
    conditions = {"ref_name": {"include": ["refs/heads/harvest/plan-*"], "exclude": []}}
    scene.github.control("PUT", f"repos/{scene.github.repository}/roles/{scene.maintainer.login}", {"role": "admin"})
    made = scene.maintainer.post(f"{scene.repo}/rulesets", {**rules, "conditions": conditions})
    try:
        issue = scene.open_issue("Not there")
        scene.comment(issue, f"/harvest plan\n\n{planning(a_plan('Not there'))}")
        assert scene.wait_for_end(issue).outcome == "succeeded"
        said = scene.wait_for_comment(issue, "### 🌾 Plan v1")
        assert "`plan: pull-request` is set, but this plan could not be shown in one: the repository's rules" in said
    finally:
        scene.maintainer.delete(f"{scene.repo}/rulesets/{made['id']}")
