"""How a session stands: what runs, what waits, how the last ask ended, and what all of it cost. Values only.

Whoever shows a session has it from here: the comment, the answer to `status`, and whatever comes next.
"""

from __future__ import annotations

import msgspec

from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport


class WaitingJob(msgspec.Struct, frozen=True):
    """`asked` is what was asked, in the person's words; empty for "what the issue says"."""

    job_id: str
    asked_by: str
    asked: str


class RunningJob(msgspec.Struct, frozen=True):
    """The job at work. `since` is in seconds since the epoch; `step` is the id of the recipe's step that it is in."""

    job_id: str
    asked_by: str
    asked: str
    since: float
    step: str


class LastJob(msgspec.Struct, frozen=True):
    """The job that ended last. `ended_at` is in seconds since the epoch."""

    job_id: str
    asked_by: str
    asked: str
    ending: Ending
    report: JobReport
    ended_at: float


class SessionStatus(msgspec.Struct, frozen=True):
    """`waiting` are first come first. `cost_usd` is what the model took for all jobs so far, in US dollars."""

    running: RunningJob | None = None
    waiting: tuple[WaitingJob, ...] = ()
    last: LastJob | None = None
    cost_usd: float = 0.0
