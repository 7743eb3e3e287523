"""queue: what waits here, in order; and `queue drop 2` takes the second out of it."""

from __future__ import annotations

import time

from github_app.commands.moments import moment
from github_app.commands.verb import Call, Form, Verb
from github_app.domain.ask import Ask
from github_app.domain.session_status import SessionStatus
from github_app.domain.stop_reason import StopReason
from github_app.jobs.session_status import status_of
from github_app.jobs.stop_requests import ask_to_stop
from github_app.replies import command_answers
from github_app.replies.comment import asked_line
from github_app.replies.status import queue_text
from state.jobs import Job

DROP = "drop"


async def answer_with_the_queue(call: Call) -> str:
    services, target = call.services, call.ask.target
    session = await services.sessions.by_thread(target.repository.id, target.thread)
    if call.ask.command.text.startswith(DROP):
        return await drop(call, [] if session is None else await services.jobs.of_session(session.id))
    status = SessionStatus() if session is None else await status_of(services, session)
    await call.say(queue_text(status, time.time(), call.word))
    return "answered with the queue"


async def drop(call: Call, jobs: list[Job]) -> str:
    """Take one out of the queue, by its number in the queue as it was when that was asked for."""
    asked_at = moment(call.ask.origin.at).timestamp()
    waiting = [job for job in jobs if waits(job) or (is_dropped(job) and (job.stop_at or 0.0) >= asked_at)]
    written = call.ask.command.text.removeprefix(DROP).strip().lstrip("#")
    if not (written.isascii() and written.isdigit() and 1 <= int(written[:6]) <= len(waiting)):
        await call.say(command_answers.no_such_place(len(waiting), call.word))
        return "there is no such place in the queue"
    job = waiting[int(written) - 1]
    await ask_to_stop(call.services, job, by=call.ask.actor.login, why=StopReason.DROPPED)
    ask = Ask.from_json(job.ask)
    await call.say(command_answers.dropped(asked_line(ask.actor.login, ask.command.text)))
    return f"job {job.id} was taken out of the queue"


def waits(job: Job) -> bool:
    return job.state == "queued" and not job.stop_requested


def is_dropped(job: Job) -> bool:
    return job.stop_why == StopReason.DROPPED


VERB = Verb(
    name="queue",
    forms=(
        Form("queue", "lists what waits here, in order"),
        Form(f"queue {DROP} …", "takes the request of that number out of the queue"),
    ),
    permission="stop",
    carry_out=answer_with_the_queue,
    urgent=True,
)
