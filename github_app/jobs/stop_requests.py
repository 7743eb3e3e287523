"""Asking a job to stop: written into its row, which is what it looks at, and then into the session's log."""

from __future__ import annotations

from github_app.domain.ask import Ask
from github_app.domain.session_events import StopAsked, entry_of
from github_app.domain.stop_reason import StopReason
from github_app.jobs.services import Services
from state.jobs import Job


async def ask_to_stop(services: Services, job: Job, *, by: str, why: StopReason) -> bool:
    """Ask the job to stop; the first request stands. False if it had ended, or was asked before."""
    asked = await services.jobs.request_stop(job.id, by=by, why=why)
    if asked:
        await services.logs.append(job.session_id, job.id, [entry_of(StopAsked(by=by, why=why.value))])
    await stop_children(services, job.id, by=by)
    return asked


async def stop_children(services: Services, job_id: str, *, by: str) -> list[str]:
    """Ask what the job's agent has had begun elsewhere to stop, and what went on there with an answer; questions of theirs are
    withdrawn. Gives the ids of the jobs that this stopped from going on."""
    stopped: list[str] = []
    for child in await services.children.ask_to_stop(job_id, by):
        session_id = (await services.jobs.get(child)).session_id
        for job in await services.jobs.of_session(session_id):
            spawned = Ask.from_json(job.ask).spawned
            if spawned is None or spawned.job_id != job_id:  # what people have asked for there is theirs
                continue
            withdrawn = await services.questions.withdraw_of_job(job.id)
            live = job.state != "ended" and await ask_to_stop(services, job, by=by, why=StopReason.COMMAND)
            stopped += [job.id] if withdrawn or live else []
    return stopped
