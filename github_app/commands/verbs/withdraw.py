"""withdraw: the label was taken off, or the assignment, so what it asked for and has not begun is not wanted."""

from __future__ import annotations

from github_app.commands.moments import moment
from github_app.commands.verb import Call, Verb
from github_app.domain.ask import Ask, By
from github_app.domain.stop_reason import StopReason
from github_app.jobs.stop_requests import ask_to_stop

# What is taken back, by what takes it back.
SAID_BY = {By.UNLABEL: By.LABEL, By.UNASSIGNMENT: By.ASSIGNMENT}


async def withdraw(call: Call) -> str:
    """What was asked for by a label that was put on later stays: deliveries may come in another order."""
    target, jobs = call.ask.target, call.services.jobs
    session = await call.services.sessions.by_thread(target.repository.id, target.thread)
    if session is None:
        return "no session to withdraw from"
    withdrawn = 0
    for job in await jobs.live_of_session(session.id):
        asked = Ask.from_json(job.ask)
        origin = asked.origin
        # Within one second it counts as before.
        its_own = origin.by is SAID_BY[call.ask.origin.by] and asked.command.verb == call.ask.command.text
        if job.state == "queued" and its_own and moment(origin.at) <= moment(call.ask.origin.at):
            withdrawn += await ask_to_stop(call.services, job, by=call.ask.actor.login, why=StopReason.WITHDRAWN)
    return f"{withdrawn} waiting job(s) withdrawn"


# GitHub lets nobody take a label off who may not put it on.
VERB = Verb(name="withdraw", forms=(), permission="none", carry_out=withdraw)
