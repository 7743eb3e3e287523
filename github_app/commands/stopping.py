"""Asking what runs and waits in a thread's session to stop."""

from __future__ import annotations

from github_app.commands.moments import job_asked_before
from github_app.commands.verb import Call
from github_app.domain.stop_reason import StopReason
from github_app.jobs.stop_requests import ask_to_stop

NOTHING_TO_STOP = "nothing was running or waiting"


async def stop_session(call: Call, why: StopReason) -> str:
    """What was asked for after that was said goes on: GitHub may tell of a stop late."""
    target, jobs, by = call.ask.target, call.services.jobs, call.ask.actor.login
    session = await call.services.sessions.by_thread(target.repository.id, target.thread)
    live = [] if session is None else await jobs.live_of_session(session.id)
    if not live:
        return NOTHING_TO_STOP
    before = [job for job in live if job_asked_before(job, call.ask.origin.at)]
    stopped = [job.id for job in before if await ask_to_stop(call.services, job, by=by, why=why)]
    if stopped:
        return f"asked to stop: {', '.join(stopped)}"
    return "was asked to stop before" if before else "goes on: it was asked for later"
