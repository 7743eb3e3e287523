"""What GitHub never told of is found by looking where Harvest is at work; once, also if a delivery comes after all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from github_app.commands.strangers import AT_ONCE
from github_app.webhooks.accept import NEAR_SECONDS
from tests.scene import LABEL, Scene, commit, eventually, instructions, running_scene
from tests.service.deliveries import deliver, wait_for_a_new_second, wait_for_notes


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """With a Harvest that looks every second, in a repository where it has been at work."""
    with running_scene(tmp_path_factory.mktemp("scene"), program="tests.impatient") as scene:
        scene.wait_for_end(scene.ask("The first of all", commit("first.txt")))
        yield scene


@pytest.fixture
def worked_on(scene: Scene) -> int:
    """The issue of the first job."""
    return scene.harvest.jobs()[0].thread


def test_a_comment_that_github_never_told_of_is_answered_once(scene: Scene) -> None:
    issue = scene.open_issue("Told of by nobody")
    lose(scene, "issue_comment", "created")
    written = scene.comment(issue, "/harvest help")
    eventually(lambda: scene.comments(issue), "the help")
    answer = deliver(scene, "issue_comment", payload(scene, issue, "created", comment=written), guid="comment-after-all")
    assert answer.json()["reason"].startswith("already known")
    assert len(scene.comments(issue)) == 1


@pytest.mark.campaign
def test_a_follow_up_that_github_never_told_of_is_done_once(scene: Scene, worked_on: int) -> None:
    (pull,) = scene.pulls_of(worked_on)
    lose(scene, "issue_comment", "created")
    written = scene.comment(pull["number"], f"/harvest more\n\n{instructions(commit('two.txt'))}")
    assert scene.wait_for_end(pull["number"]).outcome == "succeeded"
    late = payload(scene, pull["number"], "created", comment=written)
    assert deliver(scene, "issue_comment", late, guid="follow-up-after-all").json()["reason"].startswith("already known")
    assert len(scene.harvest.jobs(pull["number"])) == 1
    files = [one["filename"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")]
    assert sorted(files) == ["first.txt", "two.txt"]


@pytest.mark.campaign
def test_a_relabel_that_github_never_told_of_is_done_once(scene: Scene, worked_on: int) -> None:
    scene.unlabel(worked_on)
    other_than = datetime.fromisoformat(last_labelled_at(scene, worked_on)).timestamp() + NEAR_SECONDS + 1
    eventually(lambda: time.time() > other_than, "a time that is not near the first label's")
    lose(scene, "issues", "labeled")
    scene.label(worked_on)
    scene.wait_for_end(worked_on, number=2)
    labelled_at = last_labelled_at(scene, worked_on)
    late = payload(scene, worked_on, "labeled", label={"name": LABEL})
    # A delivery may bear the time of a change shortly after the label's; the list of events never does.
    for seconds in (0, 2):
        late["issue"]["updated_at"] = later(labelled_at, seconds)
        answer = deliver(scene, "issues", late, guid=f"label-after-all-{seconds}")
        assert answer.json()["reason"].startswith("already known")
    assert len(scene.harvest.jobs(worked_on)) == 2


@pytest.mark.campaign
def test_a_lost_comment_that_was_edited_since_is_asked_for_again(scene: Scene) -> None:
    issue = scene.open_issue("Edited since")
    scene.harvest.stop()
    lose(scene, "issue_comment", "created")
    written = scene.comment(issue, "/harvest help")
    wait_for_a_new_second(scene, issue)
    scene.maintainer.patch(f"{scene.repo}/issues/comments/{written['id']}", {"body": "/harvest do something else"})
    scene.harvest.start()
    wait_for_notes(scene, "asked for the comment again: it was edited since", 1)
    (said,) = scene.comments(issue)
    assert "a comment counts as it was written" in said
    assert scene.harvest.jobs(issue) == []


def test_what_a_stranger_wrote_costs_no_place_in_the_inbox(scene: Scene) -> None:
    """The door passes over those who were refused a moment ago: looking must not bring it all in after all."""
    began, issue = time.time(), scene.open_issue("A stranger writes a lot")
    scene.github.delivery_fault("lost", event="issue_comment", action="created", count=6)
    for _ in range(5):
        scene.comment(issue, "/harvest do it", by=scene.github.outsider)
    last = scene.open_issue("Written after those")
    scene.comment(last, "/harvest help")
    eventually(lambda: scene.comments(last), "the help")
    assert scene.harvest.query("SELECT number FROM inbox WHERE thread = ?", issue) == []
    assert [one for one in scene.github.requests(began)["requests"] if one["path"] == f"{scene.repo}/issues/{issue}"] == []


@pytest.mark.further
def test_of_many_strangers_few_are_asked_about_one_by_one_when_looking_as_well(scene: Scene) -> None:
    scene.harvest.stop()
    began, issue = time.time(), scene.open_issue("Many strangers write a little")
    strangers = [scene.github.add_person(f"stranger-{number}") for number in range(AT_ONCE + 5)]
    scene.github.delivery_fault("lost", event="issue_comment", action="created", count=len(strangers) + 1)
    for stranger in strangers:
        scene.comment(issue, "/harvest do it", by=stranger)
    last = scene.open_issue("Written after them all")
    scene.comment(last, "/harvest help")
    scene.harvest.start()
    eventually(lambda: scene.comments(last), "the help")
    paths = [one["path"] for one in scene.github.requests(began)["requests"]]
    asked_about = {path for path in paths if "/collaborators/stranger-" in path}
    assert AT_ONCE - 1 <= len(asked_about) <= AT_ONCE, (
        "one turn may have been a maintainer's, whose words were looked at as well"
    )
    assert f"{scene.repo}/collaborators" in paths
    assert scene.harvest.query("SELECT number FROM inbox WHERE thread = ?", issue) == []


def test_looking_costs_nothing_while_nothing_is_new(scene: Scene) -> None:
    def unchanged(path: str) -> bool:
        asked = scene.github.requests()["requests"]
        return any(one["status"] == 304 for one in asked if one["path"] == f"{scene.repo}/issues/{path}")

    eventually(lambda: unchanged("comments") and unchanged("events"), "both lists unchanged")


def last_labelled_at(scene: Scene, issue: int) -> str:
    history = scene.maintainer.get(f"{scene.repo}/issues/{issue}/events", per_page=100)
    labelled_at: str = [event["created_at"] for event in history if event["event"] == "labeled"][-1]
    return labelled_at


def lose(scene: Scene, event: str, action: str) -> None:
    """GitHub makes no delivery of the next such event, and lists none."""
    scene.github.delivery_fault("lost", event=event, action=action)


def payload(scene: Scene, thread: int, action: str, **more: Any) -> dict[str, Any]:
    """What GitHub would have sent."""
    installation = scene.github.as_app().get(f"/repos/{scene.github.repository}/installation")
    issue = scene.maintainer.get(f"{scene.repo}/issues/{thread}")
    common = {"installation": {"id": installation["id"]}, "repository": scene.maintainer.get(scene.repo), "issue": issue}
    return {"action": action, **common, "sender": scene.maintainer.get("/user"), **more}


def later(time_of_github: str, seconds: int) -> str:
    moment = datetime.fromisoformat(time_of_github) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
