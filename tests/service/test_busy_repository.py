"""A repository in which much is asked holds up no other one, however slow GitHub is."""

from __future__ import annotations

import pytest

from tests.scene import Scene, eventually

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


@pytest.mark.further
def test_strangers_who_come_again_and_again_cost_one_request_each(scene: Scene) -> None:
    """What the first answer was is remembered for minutes: whoever comes behind them waits for no more than that."""
    crowded, wanted = scene.open_issue("Strangers come here"), scene.open_issue("A maintainer comes here")
    strangers = [scene.github.add_person(f"stranger-{number}") for number in range(20)]
    before = len(scene.github.requests()["requests"])
    for stranger in strangers:
        for _ in range(3):
            scene.comment(crowded, "/harvest do what I say", by=stranger)
    scene.comment(wanted, "/harvest help")
    eventually(lambda: scene.comments(wanted), "the maintainer's answer")
    asked = [one for one in scene.github.requests()["requests"][before:] if one["path"].endswith("/permission")]
    assert len(asked) <= len(strangers) + 1
    assert scene.harvest.jobs(crowded) == []
