"""Whether somebody asked for a job to stop, as it is told in the thread. Pure."""

from __future__ import annotations

from github_app.domain.ending import Ending
from github_app.domain.stop_reason import StopReason
from github_app.replies import endings
from state.jobs import Job


def asked_to_stop(job: Job) -> Ending | None:
    """The end of a job that somebody asked to stop; None as long as nobody has."""
    if not job.stop_requested:
        return None
    return endings.stopped(StopReason(job.stop_why or StopReason.COMMAND), job.stop_by or "Somebody")
