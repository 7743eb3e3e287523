"""What the log tells an operator of a job: where it was asked for, how it ended, and whose business that is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harvest_service import JobRow
from tests.scene import Scene, commit, eventually, instructions


@pytest.mark.further
def test_every_line_of_a_job_says_where_it_was_asked_for(scene: Scene) -> None:
    issue = scene.ask("Lines of a job", commit("lines.txt"))
    job = scene.wait_for_end(issue)
    end_of(scene, job)
    lines = lines_of(scene, job)
    assert {line["event"] for line in lines} >= {"delivery handled", "job begins", "job ended"}
    assert {line["job"] for line in lines} == {job.id}
    assert_placed(scene, issue, lines)


def test_the_end_is_logged_once_with_what_it_took(scene: Scene) -> None:
    issue = scene.ask("The end of a job", commit("end.txt"))
    ended = end_of(scene, scene.wait_for_end(issue))
    assert (ended["level"], ended["outcome"], ended["cost_usd"]) == ("info", "succeeded", 0.0)
    assert 0 < ended["seconds"] < 1000


@pytest.mark.further
def test_a_failure_that_an_operator_has_to_look_at_is_an_error(scene: Scene) -> None:
    issue = scene.ask("Its CLI breaks down", "kill -9 $PPID")
    job = scene.wait_for_end(issue)
    ended = end_of(scene, job)
    assert (ended["level"], ended["outcome"], ended["step"]) == ("error", "failed", "run_agent")
    assert ended["happened"] == job.ending["happened"]
    assert_placed(scene, issue, lines_of(scene, job))


@pytest.mark.campaign
def test_a_failure_that_a_maintainer_can_mend_is_a_warning(scene: Scene) -> None:
    """This one by accepting the App's permissions."""
    scene.github.fault("status", method="POST", path="/repos/*/pulls", status=403)
    issue = scene.ask("It may open no pull request", commit("permission.txt"))
    ended = end_of(scene, scene.wait_for_end(issue))
    assert (ended["level"], ended["outcome"]) == ("warning", "failed")


def test_start_and_stop_are_logged_and_every_line_reads_alike(scene: Scene) -> None:
    scene.harvest.stop()
    (serves,) = scene.harvest.log_lines("Harvest serves")
    assert serves["url"] == scene.harvest.url
    entries = [json.loads(line) for line in scene.harvest.log().splitlines()]
    assert entries[-1]["event"] == "Harvest has stopped"
    assert [list(entry)[:3] for entry in entries] == [["timestamp", "level", "event"]] * len(entries)


@pytest.mark.campaign
def test_a_job_that_was_stopped_is_no_failure(scene: Scene) -> None:
    issue = scene.open_issue("Stopped", instructions("sleep 600"))
    scene.label(issue)
    scene.wait_for_step(issue, "run_agent")
    scene.comment(issue, "/harvest stop")
    job = scene.wait_for_end(issue)
    assert end_of(scene, job)["level"] == "info"
    assert_placed(scene, issue, lines_of(scene, job))


def lines_of(scene: Scene, job: JobRow) -> list[dict[str, Any]]:
    """The log's lines that name the job, in whatever field."""
    lines = [line for line in scene.harvest.log().splitlines() if job.id in line]
    return [json.loads(line) for line in lines]


def end_of(scene: Scene, job: JobRow) -> dict[str, Any]:
    def told() -> list[dict[str, Any]]:
        return [line for line in scene.harvest.log_lines("job ended") if line["job"] == job.id]

    (ended,) = eventually(told, "the line on the job's end")
    return ended


def assert_placed(scene: Scene, issue: int, lines: list[dict[str, Any]]) -> None:
    where = {(line.get("repository"), line.get("thread")) for line in lines}
    assert where == {(scene.github.repository, issue)}, lines
