"""stop: what runs and waits in the session ends, and its watch. What is done so far may be kept as a draft pull request."""

from __future__ import annotations

from github_app.commands.option import Option
from github_app.commands.stopping import (
    NOTHING_TO_STOP,
    session_there,
    stop_repository,
    stop_session,
    threads_of,
    watched_there,
    withdraw_questions,
)
from github_app.commands.verb import Call, Form, Verb
from github_app.domain.ask import By
from github_app.domain.stop_reason import StopReason
from github_app.domain.watching import Why
from github_app.jobs.stop_requests import ask_to_stop
from github_app.replies import command_answers, question

AND_KEEP = "and keep"
ALL = Option("all", "stops what runs and waits anywhere in this repository")


async def stop(call: Call) -> str:
    """A button stops the job that it belongs to, a comment all that was asked for in its thread before it."""
    if call.ask.origin.by is By.BUTTON:
        return await stop_its_job(call)
    everywhere = ALL.name in call.ask.command.options
    withdrawn = 0
    if call.delivery is not None:
        threads = threads_of(await session_there(call))
        withdrawn = await call.services.inbox.withdraw_before(
            call.delivery, "stopped before it began", threads=threads, everywhere=everywhere
        )
    watched = await watched_there(call, everywhere=everywhere)
    await call.services.watches.end([one.id for one in watched], Why.OFF, by=call.ask.actor.login)
    unasked = await withdraw_questions(call, everywhere=everywhere)
    why = StopReason.COMMAND_TO_KEEP if call.ask.command.text == AND_KEEP else StopReason.COMMAND
    stopping = await (stop_repository if everywhere else stop_session)(call, why)
    await call.react("+1")
    if stopping.too_late:
        await call.say(command_answers.too_late_to_stop())
    elif everywhere:
        await call.say(command_answers.stopped_everywhere(stopping.threads, withdrawn))
    elif unasked:
        await call.say(question.withdrawn())
    elif stopping.note == NOTHING_TO_STOP and not (
        withdrawn or watched or stopping.elsewhere
    ):  # which is told of as a watch's end
        await call.say(command_answers.nothing_here())
    return f"{stopping.note}, and {withdrawn} that waited withdrawn" if withdrawn else stopping.note


async def stop_its_job(call: Call) -> str:
    job_id = call.ask.origin.job_id
    job = await call.services.jobs.get(job_id)
    stopped = await ask_to_stop(call.services, job, by=call.ask.actor.login, why=StopReason.BUTTON)
    return f"job {job_id} was asked to stop" if stopped else f"job {job_id} had ended already"


VERB = Verb(
    name="stop",
    forms=(
        Form("stop", "ends what is running or waiting here, and a watch"),
        Form(f"stop {AND_KEEP}", "the same, and what is done so far becomes a draft pull request"),
    ),
    permission="stop",
    carry_out=stop,
    urgent=True,
    options=(ALL,),
)
