"""Everybody asks at once: GitHub's rate limits are kept, every question is answered once, and every job comes to its end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.scene import HOLD, Scene, commit, running_scene
from tests.waiting import wait_until

# GitHub's minute in five seconds: what follows takes a moment on an idle machine, and far more than a minute's writes.
SPEED = 12.0
QUESTIONS = 90
# A machine under load takes a second for each.
PATIENCE = 300.0


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Scene]:
    with running_scene(tmp_path, limits_speed=SPEED) as scene:
        yield scene
        assert scene.github.violations() == []


@pytest.mark.campaign
def test_ninety_questions_and_a_few_jobs_stay_within_githubs_limits(busy: Scene) -> None:
    jobs = [busy.ask(f"Job {number}", HOLD + commit(f"file-{number}.txt")) for number in range(3)]
    started = [busy.wait_for_step(issue, "run_agent") for issue in jobs]
    question = busy.open_issue("Questions")
    with ThreadPoolExecutor(8) as people:
        asked = people.map(lambda _: busy.comment(question, "/harvest help"), range(QUESTIONS))
        for job in started:
            busy.let_go(job)
        list(asked)
    assert {busy.wait_for_end(issue).outcome for issue in jobs} == {"succeeded"}
    wait_until(
        lambda: busy.handled().count("answered with the help") == QUESTIONS, "an answer to every question", seconds=PATIENCE
    )
    listed = [
        one["body"]
        for page in range(1, 4)
        for one in busy.maintainer.get(f"{busy.repo}/issues/{question}/comments", per_page=100, page=page)
        if one["user"]["login"] != busy.maintainer.login
    ]
    assert len(listed) == len(set(listed)) == QUESTIONS
