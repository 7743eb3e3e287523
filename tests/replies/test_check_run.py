"""How a check run reads, and which buttons it has in which state."""

from __future__ import annotations

from typing import Any

import pytest

from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport, SeenCommand
from github_app.domain.plan import Plan
from github_app.domain.progress import Progress, Task
from github_app.replies import endings
from github_app.replies.at_work import NowRunning
from github_app.replies.check_run import concluded, moved_on, now_at_work, now_queued

# https://docs.github.com/en/rest/checks/runs#create-a-check-run
MOST_BUTTONS, LABEL, DESCRIPTION, IDENTIFIER, TEXT = 3, 20, 40, 20, 65_535

LONG = "**word** @somebody <b> " * 5_000
RUNNING = NowRunning("mira", LONG, "getting ready", Progress({str(n): Task(LONG) for n in range(40)}, activity=LONG), 1.0, 2.0)
SEEN = JobReport(said=LONG, summary=LONG, commands=(SeenCommand(LONG, 1),) * 300, files=(LONG,) * 300, notes=(LONG,) * 100)
PUSHED = JobReport(pushed_sha="a" * 40, summary="Done.")
PLAN = JobReport(said="A plan", plan=Plan(1, "main", "b" * 40, "harvest/7", "", 5, 1.0))


def ending(outcome: Any) -> Ending:
    return Ending(outcome=outcome, happened="It ended.")


@pytest.mark.parametrize(
    ("body", "buttons"),
    [
        pytest.param(now_queued(2), ["Stop"], id="waiting"),
        pytest.param(now_at_work(RUNNING, 1.0), ["Stop"], id="running"),
        pytest.param(concluded(ending("failed"), SEEN, 1.0), ["Run again"], id="failed"),
        pytest.param(concluded(ending("stopped"), SEEN, 1.0), ["Run again"], id="stopped"),
        pytest.param(concluded(ending("timed_out"), SEEN, None), ["Run again"], id="out of time"),
        pytest.param(concluded(ending("refused"), SEEN, 1.0), ["Run again"], id="refused"),
        pytest.param(concluded(endings.PLANNED, PLAN, 1.0), ["Approve", "Revise"], id="planned"),
        pytest.param(concluded(endings.PUBLISHED, PUSHED, 1.0), ["Undo", "Fix CI"], id="done"),
        pytest.param(
            concluded(endings.PUBLISHED, JobReport(pushed_sha="a" * 40, summary="Done.", remembers=(7,)), 1.0),
            ["Undo", "Fix CI", "Keep in memory"],
            id="done, with a proposal",
        ),
        pytest.param(concluded(endings.ANSWERED, SEEN, 1.0), [], id="answered"),
        pytest.param(moved_on("b" * 40, 1.0), [], id="gone on to another commit"),
    ],
)
def test_a_check_run_has_the_buttons_of_its_state_and_keeps_to_githubs_limits(
    body: dict[str, Any], buttons: list[str]
) -> None:
    actions = body["actions"]
    assert [action["label"] for action in actions] == buttons
    assert len(actions) <= MOST_BUTTONS
    for action in actions:
        assert len(action["label"]) <= LABEL
        assert len(action["description"]) <= DESCRIPTION
        assert len(action["identifier"]) <= IDENTIFIER
    assert len(body["output"]["summary"]) <= TEXT
    assert len(body["output"].get("text", "")) <= TEXT
    assert "@somebody" not in body["output"]["summary"]


def test_it_says_when_the_work_began_and_nothing_where_it_never_did() -> None:
    assert now_at_work(RUNNING, 86_400.0)["started_at"] == "1970-01-02T00:00:00Z"
    assert "started_at" not in concluded(ending("withdrawn"), JobReport(), None)
