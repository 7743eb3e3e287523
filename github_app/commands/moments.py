"""What was asked before what: deliveries may come late and in another order, so GitHub's own times decide. Pure."""

from __future__ import annotations

from datetime import datetime

from github_app.domain.ask import Ask, By
from state.jobs import Job

# Until a press has become a job, and for clocks that differ.
PRESS_SECONDS = 10.0

# Nobody reads faster what they say yes to, and clocks differ by less.
UNREAD_SECONDS = 10.0

# GitHub sends a delivery within a second or two; its times are cut to whole ones.
JUST_NOW_SECONDS = 10.0


def moment(time_of_github: str) -> datetime:
    """A time as GitHub writes it, which has no fractions of a second."""
    return datetime.fromisoformat(time_of_github)


def just_now(time_of_github: str, now: float) -> bool:
    """Whether that is so lately that what GitHub told with it still holds. A clock that is far off says that it is not."""
    return abs(now - moment(time_of_github).timestamp()) <= JUST_NOW_SECONDS


def job_asked_before(job: Job, then: str) -> bool:
    """Whether it was asked for before that moment; within one second it counts as before. A pressed button has no time of its
    own (its ask has that of the first one), but its job is written down soon after."""
    origin = Ask.from_json(job.ask).origin
    if origin.by in (By.BUTTON, By.RERUN):
        return job.created_at - PRESS_SECONDS <= moment(then).timestamp()
    return moment(origin.at) <= moment(then)
