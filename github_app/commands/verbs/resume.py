"""resume: a request that was broken off is gone on with, by an agent that remembers it. `retry` asks for the same anew."""

from __future__ import annotations

from dataclasses import replace

from github_app.commands.going_on import going_on_with
from github_app.commands.job_options import BUDGET, MODEL
from github_app.commands.queueing import queue
from github_app.commands.verb import Call, Form, Verb
from github_app.domain.ask import Ask
from github_app.jobs.job_report import can_be_resumed, report_in
from github_app.replies import command_answers
from state.jobs import Job


async def resume(call: Call) -> str:
    """In the recipe that it was asked for in, and with what was told then: an approved plan, review threads."""
    services, asked = call.services, call.ask
    session = await services.sessions.by_thread(asked.target.repository.id, asked.target.thread)
    # This very request may have become a job before a crash.
    jobs = [] if session is None else [job for job in await services.jobs.of_session(session.id) if job.id != call.job_id]
    job = which(jobs, asked.origin.job_id)
    if session is None or job is None or not can_be_resumed(job):
        await call.say(command_answers.nothing_to_resume(call.word))
        return "there is nothing to resume"
    if any(Ask.from_json(one.ask).resumes == job.id for one in jobs if one.state == "ended"):
        await call.say(command_answers.resumed_before())
        return f"job {job.id} was gone on with before"
    resumed = going_on_with(job, asked, session)
    return await queue(replace(call, ask=resumed), job.recipe, "resume")


def which(jobs: list[Job], by_button: str) -> Job | None:
    """The button's, else the session's last one of which an agent was told."""
    told = [job for job in jobs if report_in(job).was_told]
    if by_button:
        return next((job for job in told if job.id == by_button), None)
    return told[-1] if told else None


VERB = Verb(
    name="resume",
    forms=(Form("resume", "goes on with the last request here if it was broken off, from what is left of it"),),
    carry_out=resume,
    options=(MODEL, BUDGET),
    chore="resume",
)
