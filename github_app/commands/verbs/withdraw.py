"""withdraw: the label was taken off, so what it asked for and has not begun is not wanted. Said by the event alone."""

from __future__ import annotations

from github_app.commands.moments import moment
from github_app.commands.verb import Call, Verb
from github_app.domain.ask import Ask, By
from github_app.domain.stop_reason import StopReason
from github_app.jobs.stop_requests import ask_to_stop


async def withdraw(call: Call) -> str:
    """What was asked for by a label that was put on later stays: deliveries may come in another order."""
    target, jobs = call.ask.target, call.services.jobs
    session = await call.services.sessions.by_thread(target.repository.id, target.thread)
    if session is None:
        return "no session to withdraw from"
    withdrawn = 0
    for job in await jobs.live_of_session(session.id):
        origin = Ask.from_json(job.ask).origin
        # Within one second it counts as before.
        by_label = origin.by is By.LABEL and moment(origin.at) <= moment(call.ask.origin.at)
        if job.state == "queued" and by_label:
            withdrawn += await ask_to_stop(call.services, job, by=call.ask.actor.login, why=StopReason.WITHDRAWN)
    return f"{withdrawn} waiting job(s) withdrawn"


# GitHub lets nobody take a label off who may not put it on.
VERB = Verb(name="withdraw", forms=(), permission="none", carry_out=withdraw)
