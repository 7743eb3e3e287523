"""Whether somebody asked for a job to stop, as it is told in the thread. Pure."""

from __future__ import annotations

from github_app.domain.ending import Ending
from github_app.domain.stop_reason import StopReason, how_it_was_stopped
from state.jobs import Job


def asked_to_stop(job: Job) -> Ending | None:
    """The end of a job that somebody asked to stop; None as long as nobody has."""
    if not job.stop_requested:
        return None
    reason = StopReason(job.stop_why or StopReason.COMMAND)
    told = how_it_was_stopped(reason, job.stop_by or "Somebody")
    return Ending("withdrawn" if reason is StopReason.WITHDRAWN else "stopped", told)
