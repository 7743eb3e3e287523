"""A session's reviews: which jobs make them, and what they found."""

from __future__ import annotations

from collections.abc import Sequence

from github_app.jobs.job_report import report_in
from state.jobs import Job

# The recipes that review, by their name.
REVIEWS = "review/"


def is_review(job: Job) -> bool:
    return job.recipe.startswith(REVIEWS)


def found_since_the_agents_last_turn(jobs: Sequence[Job]) -> list[str]:
    """What the reviews after a session's last other job have said, first come first: the agent does not remember them, since
    each has a conversation of its own. `jobs` are those before now, in their order."""
    found: list[str] = []
    for job in reversed(jobs):
        if not is_review(job):
            break
        if report_in(job).review is not None:
            found.append(report_in(job).said)
    return found[::-1]
