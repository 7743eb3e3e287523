"""From what went wrong in a step to what happens next: try again after a while, or end the job with a sentence. Pure, one
table.

A person reads the sentences; the log has the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from github_app.domain.ending import Ending, JobOver
from github_app.github.failures import InstallationSuspended, NotInstalled, Passing, RateLimited, Refused, longer_wait
from github_app.replies import endings
from sandbox.protocol import SandboxError, SandboxGone, SandboxUnavailable
from state.artifacts import ArtifactsAway

# How long a step waits for GitHub or the sandboxes to come back before the job ends; the last words wait longest, since
# nobody has been told anything yet.
PATIENCE_SECONDS = 30 * 60.0
LAST_WORDS_PATIENCE_SECONDS = 24 * 60 * 60.0

# Of a job that nobody could carry out, others are looked after meanwhile, and this one is tried again with the next look.
LAST_TRY_PATIENCE_SECONDS = 60.0

# A sandbox backend that is away is asked again after this, and twice as long each time, up to a minute.
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 2.0, 60.0


@dataclass(frozen=True)
class Retry:
    """Try the step again after so many seconds; `why` is for the log. `for_limits` when GitHub's rate limits ask for it."""

    after: float
    why: str
    for_limits: bool = False


@dataclass(frozen=True)
class End:
    """The job ends like this."""

    ending: Ending


@dataclass(frozen=True)
class Attempt:
    """Which try of a step went wrong (from 1), how many seconds were waited for it in vain so far, and how many may be.

    Neither the step's own time counts, nor the turns that its requests to GitHub wait for. Waits for GitHub's rate limits have
    a measure of their own: GitHub is there, and says when it goes on.
    """

    number: int
    waited: float
    waited_for_limits: float
    patience: float


Decision = Retry | End


def decide(problem: Exception, attempt: Attempt) -> Decision | None:
    """What happens after this problem; None for one that is a mistake of Harvest's own."""
    for kind, rule in RULES:
        if isinstance(problem, kind):
            return rule(problem, attempt)
    return None


def _passing(problem: Exception, attempt: Attempt) -> Decision:
    assert isinstance(problem, Passing)  # noqa: S101 - by the table
    wait, limits = longer_wait(problem, attempt.number), isinstance(problem, RateLimited)
    waited = attempt.waited_for_limits if limits else attempt.waited
    patience = LAST_WORDS_PATIENCE_SECONDS if limits else attempt.patience
    if waited + wait <= patience:
        return Retry(wait, f"GitHub: {problem}", for_limits=limits)
    return End(endings.github_away(str(problem), patience))


def _no_sandbox(problem: Exception, attempt: Attempt) -> Decision:
    wait = min(FIRST_WAIT_SECONDS * 2 ** (attempt.number - 1), LONGEST_WAIT_SECONDS)
    if attempt.waited + wait <= attempt.patience:
        return Retry(wait, f"sandboxes: {problem}")
    return End(endings.no_sandbox(str(problem), attempt.patience))


def _no_artifacts(problem: Exception, attempt: Attempt) -> Decision:
    """The last words wait no longer for it than anything else does."""
    wait = min(FIRST_WAIT_SECONDS * 2 ** (attempt.number - 1), LONGEST_WAIT_SECONDS)
    if attempt.waited + wait <= (patience := min(attempt.patience, PATIENCE_SECONDS)):
        return Retry(wait, f"artifacts: {problem}")
    return End(endings.no_artifacts(str(problem), patience))


# What GitHub refuses by these is for the repository's people to mend: no permission, not there (any more), locked, blocked for
# legal reasons. Any other refusal is of a request that was wrong.
THEIRS = frozenset({403, 404, 410, 423, 451})


def _refused(problem: Exception, _: Attempt) -> Decision:
    assert isinstance(problem, Refused)  # noqa: S101 - by the table
    return End(endings.github_refused(str(problem), "maintainer" if problem.status in THEIRS else "operator"))


# The first kind that fits decides.
RULES: tuple[tuple[type[Exception], Callable[[Exception, Attempt], Decision]], ...] = (
    (JobOver, lambda problem, _: End(problem.ending)),  # type: ignore[attr-defined]
    (Passing, _passing),
    (InstallationSuspended, lambda *_: End(endings.installation_suspended())),
    (NotInstalled, lambda problem, _: End(endings.not_installed(problem.reason))),  # type: ignore[attr-defined]
    (Refused, _refused),
    (ArtifactsAway, _no_artifacts),
    (SandboxUnavailable, _no_sandbox),
    (SandboxGone, lambda problem, _: End(endings.sandbox_gone(str(problem)))),
    (SandboxError, lambda problem, _: End(endings.sandbox_failed(str(problem)))),
)
