"""How long an agent may work: a job's time, cut short by an earlier agent of the same job and by its sandbox's own end."""

from __future__ import annotations

import pytest

from github_app.domain.ask import By
from github_app.jobs.agent.start import seconds_for_the_agent
from github_app.jobs.steps.compose_prompt import stood_at_the_trigger
from tests.asks import an_ask

NOW = 1_000_000.0
HOUR = 3600.0
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("what", "job_minutes", "deadline", "sandbox_ends_at", "expected"),
    [
        ("the job's time", 60, None, NOW + 2 * HOUR, HOUR),
        ("Modal's longest life, met half an hour early", 24 * 60, None, NOW + DAY, DAY - HOUR / 2),
        ("the clone took long: half an hour before the end all the same", 60, None, NOW + HOUR, HOUR / 2),
        ("another sandbox does not lengthen it", 60, NOW + 600, NOW + 2 * HOUR, 600),
        ("what is left is over: a minute to say where it stands", 60, NOW - 5, NOW + 2 * HOUR, 60),
    ],
)
def test_an_agent_may_work_for(
    what: str, job_minutes: float, deadline: float | None, sandbox_ends_at: float, expected: float
) -> None:
    seconds = seconds_for_the_agent(NOW, job_minutes=job_minutes, deadline=deadline, sandbox_ends_at=sandbox_ends_at)
    assert seconds == expected, what


BEFORE, THEN, AFTER = "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z"


@pytest.mark.parametrize(
    ("by", "comment_id", "created_at", "updated_at", "stood"),
    [
        (By.COMMENT, 5, BEFORE, BEFORE, True),
        (By.COMMENT, 5, BEFORE, THEN, False),
        (By.COMMENT, 5, THEN, THEN, True),
        (By.COMMENT, 9, THEN, THEN, False),
        (By.COMMENT, 7, THEN, THEN, False),
        (By.COMMENT, 5, THEN, AFTER, False),
        (By.COMMENT, 9, AFTER, AFTER, False),
        (By.LABEL, 5, BEFORE, BEFORE, True),
        (By.LABEL, 5, THEN, THEN, False),
        (By.BUTTON, 5, THEN, THEN, False),
    ],
)
def test_only_what_stood_in_the_thread_at_the_trigger_counts(
    by: By, comment_id: int, created_at: str, updated_at: str, stood: bool
) -> None:
    ask = an_ask(by=by, origin_id=7, at=THEN)
    assert stood_at_the_trigger(comment_id, created_at, updated_at, ask) is stood
