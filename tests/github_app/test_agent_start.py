"""How long an agent may work: a job's time, cut short by an earlier agent of the same job and by its sandbox's own end."""

from __future__ import annotations

import pytest

from github_app.agent_start import seconds_for_the_agent

NOW = 1_000_000.0
HOUR = 3600.0
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("what", "job_minutes", "deadline", "sandbox_ends_at", "expected"),
    [
        ("the job's time", 60, None, NOW + 2 * HOUR, HOUR),
        ("nothing is known of its sandbox's end", 60, None, None, HOUR),
        ("Modal's longest life, met half an hour early", 24 * 60, None, NOW + DAY, DAY - HOUR / 2),
        ("the clone took long: half an hour before the end all the same", 60, None, NOW + HOUR, HOUR / 2),
        ("another sandbox does not lengthen it", 60, NOW + 600, NOW + 2 * HOUR, 600),
        ("what is left is over: a minute to say where it stands", 60, NOW - 5, NOW + 2 * HOUR, 60),
    ],
)
def test_an_agent_may_work_for(
    what: str, job_minutes: float, deadline: float | None, sandbox_ends_at: float | None, expected: float
) -> None:
    seconds = seconds_for_the_agent(NOW, job_minutes=job_minutes, deadline=deadline, sandbox_ends_at=sandbox_ends_at)
    assert seconds == expected, what
