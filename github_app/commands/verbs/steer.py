"""steer: a word to the agent at work. It takes it at its next turn, and who said it is told when it did."""

from __future__ import annotations

from github_app.commands.verb import Call, Form, Verb
from github_app.domain.session_events import Steered, entry_of
from github_app.jobs.session_status import job_to_steer
from github_app.replies import command_answers


async def steer(call: Call) -> str:
    """Written into the session's log, where whoever watches the agent finds it, on whichever node."""
    services, ask = call.services, call.ask
    session = await services.sessions.by_thread(ask.target.repository.id, ask.target.thread)
    job = None if session is None else job_to_steer(await services.jobs.live_of_session(session.id))
    if session is None or job is None:
        await call.say(command_answers.nothing_to_steer(call.word))
        return "no agent is at work here"
    steered = Steered(
        message_id=call.job_id,
        by=ask.actor.login,
        text=ask.command.text,
        material=ask.material,
        thread=ask.said_in,
        inline=ask.origin.inline,
    )
    await services.logs.append(session.id, job.id, [entry_of(steered)])
    await call.react("eyes")
    return f"handed to the agent of job {job.id}"


VERB = Verb(
    name="steer",
    forms=(Form("steer …", "hands this to the agent at work, and tells you when it takes it"),),
    carry_out=steer,
    urgent=True,
    without_text="Tell me what to tell the agent",
    example="steer keep the old name as an alias",
)
