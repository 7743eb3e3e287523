"""A repository in which much is asked holds up no other one, however slow GitHub is."""

from __future__ import annotations

import subprocess
import sys
import time

import httpx
import pytest

from github_app.commands.strangers import AT_ONCE
from tests.scene import Scene, commit, eventually, instructions
from tests.service.deliveries import wait_for_notes

ASKED = 40
LATENCY_SECONDS = 0.15


@pytest.mark.further
def test_a_busy_repository_keeps_no_other_one_waiting(scene: Scene) -> None:
    idle = scene.github.add_repository("idle", files={"README.md": "x\n"}, roles={scene.maintainer.login: "write"})
    busy = scene.open_issue("Much is asked here")
    quiet = scene.maintainer.post(f"/repos/{idle}/issues", {"title": "One thing is asked here"})["number"]
    scene.github.fault("delay", method="*", path="/repos/*", count=100_000, delay_seconds=LATENCY_SECONDS)
    for _ in range(ASKED):
        scene.comment(busy, "/harvest help")
    scene.maintainer.post(f"/repos/{idle}/issues/{quiet}/comments", {"body": "/harvest help"})

    def answered(repository: str, issue: int) -> int:
        said = scene.maintainer.get(f"/repos/{repository}/issues/{issue}/comments", per_page=100)
        return sum(one["user"]["login"].endswith("[bot]") for one in said)

    eventually(lambda: answered(idle, quiet), "the answer in the repository where one thing was asked")
    assert answered(scene.github.repository, busy) < ASKED, "it has not waited for the others"
    scene.clear_faults()
    eventually(lambda: answered(scene.github.repository, busy) == ASKED, "all answers in the busy one")


@pytest.fixture
def fresh(scene: Scene) -> Scene:
    """With a Harvest that knows nobody yet."""
    scene.harvest.restart()
    return scene


def asked_about(scene: Scene, since: float) -> list[str]:
    """Of whom GitHub was asked what they may do, one by one."""
    paths = [one["path"] for one in scene.github.requests(since)["requests"]]
    return [path.split("/")[-2] for path in paths if path.endswith("/permission")]


@pytest.mark.further
def test_strangers_who_come_again_and_again_cost_one_request_each(fresh: Scene) -> None:
    """What the first answer was is remembered for minutes: whoever comes behind them waits for no more than that."""
    scene, began = fresh, time.time()
    crowded, wanted = scene.open_issue("Strangers come here"), scene.open_issue("A maintainer comes here")
    strangers = [scene.github.add_person(f"stranger-{number}") for number in range(AT_ONCE - 1)]
    for stranger in strangers:
        for _ in range(3):
            scene.comment(crowded, "/harvest do what I say", by=stranger)
    scene.comment(wanted, "/harvest help")
    eventually(lambda: scene.comments(wanted), "the maintainer's answer")
    assert sorted(asked_about(scene, began)) == sorted([*(one.login for one in strangers), scene.maintainer.login])
    assert len(scene.comments(crowded)) == len(strangers)
    assert scene.harvest.jobs(crowded) == []


@pytest.mark.further
def test_a_flood_of_strangers_costs_so_much_and_no_more_and_a_label_behind_it_is_taken_up(fresh: Scene) -> None:
    scene, began = fresh, time.time()
    # Somebody whom Harvest has not met, and who is no stranger.
    new = scene.github.add_person("new-maintainer")
    scene.github.control("PUT", f"repos/{scene.github.repository}/roles/{new.login}", {"role": "write"})
    crowded = [scene.open_issue(f"Strangers come here, too: {number}") for number in range(3)]
    labelled = scene.open_issue("Work", instructions(commit("work.txt")))
    scene.github.fault("delay", method="*", path="/repos/*", count=100_000, delay_seconds=LATENCY_SECONDS)
    strangers = [scene.github.add_person(f"one-of-many-{number}") for number in range(ASKED)]
    for number, stranger in enumerate(strangers):
        scene.comment(crowded[number % 3], "/harvest do what I say", by=stranger)
    scene.label(labelled, by=new)
    scene.comment(crowded[0], "/harvest help", by=new)

    eventually(lambda: "eyes" in scene.reactions(labelled), "the sign that the label was seen")
    eventually(lambda: any("can be said" in said for said in scene.comments(crowded[0])), "the help, behind strangers")
    scene.clear_faults()
    assert scene.wait_for_end(labelled).outcome == "succeeded"
    assert len(scene.pulls_of(labelled)) == 1

    asked = asked_about(scene, began)
    assert new.login in asked
    assert len(set(asked) - {new.login}) == AT_ONCE
    told = [said for number in crowded for said in scene.comments(number) if said.startswith("<!-- harvest:refusal:")]
    assert len(told) == AT_ONCE
    lists = [one for one in scene.github.requests(began)["requests"] if one["path"].endswith("/collaborators")]
    assert len(lists) <= 2, "one a minute"
    assert [job for number in crowded for job in scene.harvest.jobs(number)] == []

    counted = httpx.get(f"{scene.harvest.url}/metrics", trust_env=False).text
    assert f"harvest_strangers_passed_over_total {ASKED - AT_ONCE:.1f}\n" in counted
    assert len([line for line in scene.harvest.log().splitlines() if "strangers are passed over" in line]) <= 2
    doctor = [sys.executable, "-m", "github_app", "doctor"]
    said = subprocess.run(doctor, cwd=scene.harvest.state, env=scene.harvest.env, capture_output=True, text=True, check=False)
    told_by_doctor = f"{ASKED - AT_ONCE} requests of people who may not ask were passed over within a day"
    assert told_by_doctor in " ".join(said.stdout.split())


@pytest.mark.further
def test_strangers_who_go_from_thread_to_thread_take_a_turn_for_each_answer(fresh: Scene) -> None:
    scene = fresh
    crowded = [scene.open_issue(f"Strangers go on to this one: {number}") for number in range(3)]
    strangers = [scene.github.add_person(f"goes-on-{number}") for number in range(AT_ONCE - 1)]
    for issue in crowded:
        for stranger in strangers:
            scene.comment(issue, "/harvest do what I say", by=stranger)
    scene.comment(crowded[2], "/harvest help")
    eventually(lambda: any("can be said" in said for said in scene.comments(crowded[2])), "the maintainer's answer")

    told = [said for number in crowded for said in scene.comments(number) if said.startswith("<!-- harvest:refusal:")]
    assert len(strangers) <= len(told) <= AT_ONCE + 1


@pytest.mark.further
def test_what_strangers_review_is_not_read(fresh: Scene) -> None:
    scene = fresh
    scene.github.push(scene.github.repository, "reviewed", {"reviewed.txt": "x\n"}, scene.maintainer)
    new = {"title": "Reviewed by many", "head": "reviewed", "base": "main"}
    number = scene.maintainer.post(f"{scene.repo}/pulls", new)["number"]
    reviews = f"{scene.repo}/pulls/{number}/reviews"
    before = sum(note.startswith("refused: ") for note in scene.handled())
    began, said = time.time(), {"event": "COMMENT", "body": "/harvest do what I say"}
    strangers = [scene.github.add_person(f"reviews-{number}") for number in range(AT_ONCE + 5)]
    for stranger in strangers:
        stranger.post(reviews, said)
    wait_for_notes(scene, "refused: ", before + len(strangers))
    asked = [one["path"] for one in scene.github.requests(began)["requests"] if one["method"] == "GET"]
    assert [path for path in asked if path.startswith(f"{reviews}/")] == []

    scene.maintainer.post(reviews, {**said, "body": "/harvest help"})
    eventually(lambda: any("can be said" in said for said in scene.comments(number)), "the maintainer's answer")
