"""status: what runs here, what waits, and how the last one ended, in one short answer."""

from __future__ import annotations

import time

from github_app.commands.verb import Call, Form, Verb
from github_app.domain.session_status import SessionStatus
from github_app.jobs.session_status import status_of
from github_app.replies.status import status_text


async def answer_with_the_status(call: Call) -> str:
    services, target = call.services, call.ask.target
    session = await services.sessions.by_thread(target.repository.id, target.thread)
    status = SessionStatus() if session is None else await status_of(services, session)
    await call.say(status_text(status, time.time()))
    return "answered with the status"


VERB = Verb(
    name="status",
    forms=(Form("status", "answers what runs and waits here, and how the last one ended"),),
    permission="ask",
    carry_out=answer_with_the_status,
)
