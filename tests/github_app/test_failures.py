"""Whom a failure concerns: a table over what goes wrong in a step."""

from __future__ import annotations

import logging

import pytest

from github_app.domain.ending import Ending
from github_app.github.failures import InstallationSuspended, NotInstalled, Passing, Refused
from github_app.jobs.failures import Attempt, End, Retry, decide
from sandbox.protocol import SandboxError, SandboxUnavailable

FIRST = Attempt(number=1, waited=0.0, waited_for_limits=0.0, patience=60.0)
LAST = Attempt(number=9, waited=60.0, waited_for_limits=0.0, patience=60.0)


@pytest.mark.parametrize(
    ("problem", "concerns"),
    [
        (Passing("GET /app", "GitHub answered 502", 1.0, 502), "operator"),
        (SandboxUnavailable("no room"), "operator"),
        (SandboxError("the disk is full"), "operator"),
        (Refused("POST /pulls", "GitHub answered 403: Resource not accessible by integration", 403), "maintainer"),
        (Refused("POST /comments", "GitHub answered 404: Not Found", 404), "maintainer"),
        (Refused("POST /check-runs", "GitHub answered 422: Invalid request", 422), "operator"),
        (Refused("GET /app", "GitHub answered 401: Bad credentials", 401), "operator"),
        (InstallationSuspended("POST /access_tokens", "suspended", 403), "maintainer"),
        (NotInstalled("POST /access_tokens", "Not Found", 404), "maintainer"),
    ],
)
def test_a_failure_concerns_whoever_can_mend_it(problem: Exception, concerns: str) -> None:
    decision = decide(problem, LAST)
    assert isinstance(decision, End)
    assert decision.ending.concerns == concerns


def test_what_may_pass_concerns_nobody_yet() -> None:
    assert isinstance(decide(SandboxUnavailable("no room"), FIRST), Retry)


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
