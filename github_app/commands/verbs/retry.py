"""retry: the last request here once more, or a button's own; a pull request counts as it is now."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from github_app.commands.job_options import ALLOW_WORKFLOWS, BUDGET, MODEL
from github_app.commands.verb import Call, Form, Verb
from github_app.domain.ask import Ask
from github_app.replies import command_answers, wording
from state.jobs import Job


async def retry(call: Call) -> str:
    job = await job_to_do_again(call)
    if job is None:
        await call.say(command_answers.nothing_to_retry())
        return "there is nothing to do again"
    if job.state != "ended" and job.id != call.job_id:
        if not call.ask.origin.job_id:
            await call.say(command_answers.still_at_work())
        return f"job {job.id} is still at work"
    before, asked = Ask.from_json(job.ask), call.ask
    # That workflow files may be touched was said by somebody of that one time.
    options = {name: value for name, value in before.command.options.items() if name != ALLOW_WORKFLOWS.name}
    command = msgspec.structs.replace(before.command, options={**options, **asked.command.options})
    if not command.text and before.target.place == "issue" and asked.target.place == "pull":
        command = msgspec.structs.replace(command, text=wording.what_the_issue_says(before.target.thread))
    return await call.carry_out(replace(call, ask=msgspec.structs.replace(asked, command=command, material=before.material)))


async def job_to_do_again(call: Call) -> Job | None:
    """The button's, else the last one of the session before this request."""
    services, asked = call.services, call.ask
    if asked.origin.job_id:
        return await services.jobs.get(asked.origin.job_id)
    session = await services.sessions.by_thread(asked.target.repository.id, asked.target.thread)
    if session is None:
        return None
    # This very request may have become a job before a crash.
    before = [job for job in await services.jobs.of_session(session.id) if job.id != call.job_id]
    return before[-1] if before else None


VERB = Verb(
    name="retry",
    forms=(Form("retry", "does the last request here once more"),),
    carry_out=retry,
    options=(MODEL, BUDGET, ALLOW_WORKFLOWS),
)
