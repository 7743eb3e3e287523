"""How a job's end is told to whoever runs Harvest."""

from __future__ import annotations

import logging

import pytest

from github_app.domain.ending import Ending


@pytest.mark.parametrize(
    ("ending", "level"),
    [
        (Ending("succeeded", "It is done."), logging.INFO),
        (Ending("no_change", "The agent changed nothing."), logging.INFO),
        (Ending("stopped", "Somebody stopped it."), logging.INFO),
        (Ending("withdrawn", "Somebody withdrew it."), logging.INFO),
        (Ending("refused", "The branch moved."), logging.WARNING),
        (Ending("timed_out", "The time was up."), logging.WARNING),
        (Ending("failed", "The repository is empty.", concerns="maintainer"), logging.WARNING),
        (Ending("failed", "The key is wrong."), logging.ERROR),
    ],
)
def test_an_error_in_the_log_is_for_the_operator(ending: Ending, level: int) -> None:
    assert ending.log_level == level
