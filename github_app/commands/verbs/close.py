"""close: the issue or pull request was closed or merged, so what runs for it stops, and its session is put away later. Said by
the event, not in a comment.
"""

from __future__ import annotations

from contextlib import suppress

from github_app.commands.authority import No
from github_app.commands.moments import moment
from github_app.commands.stopping import NOTHING_TO_STOP, stop_session
from github_app.commands.verb import Call, Verb
from github_app.domain.stop_reason import StopReason
from github_app.github.failures import Refused
from github_app.replies import command_answers
from github_app.replies.markdown import code_span


async def close(call: Call) -> str:
    """Only if whoever closed it may also stop it: an issue's author can close it without any right."""
    services, target, actor = call.services, call.ask.target, call.ask.actor
    if target.place == "pull":  # it may have changed the repository's settings
        with suppress(Refused):  # the stop is not to fail for it
            await call.settings_on(target.repository.default_branch)
        await services.watches.stir(target.repository.id, pull=target.thread)
        await services.issue_notes.stir(target.repository.id, target.thread)
    session = await services.sessions.by_thread(target.repository.id, target.thread)
    if session is not None:
        await services.sessions.note_closed(session.id, moment(call.ask.origin.at).timestamp())
    if session is None:
        return NOTHING_TO_STOP
    question = await services.questions.to_answer(session.id, by="")
    live = await services.jobs.live_of_session(session.id)
    goes_on = [*(job.id for job in live), *([question.job_id] if question is not None else [])]
    if not goes_on:
        return NOTHING_TO_STOP
    answer = await call.may_ask("stop")
    if isinstance(answer, No) and answer.say_so:
        # Once of what goes on: its author can open and close it as often as they like.
        marker = f"<!-- harvest:closed:{actor.id}:{goes_on[0]} -->"
        said = command_answers.goes_on_though_closed(code_span(actor.login), call.word)
        await (await call.thread()).say_once(marker, said)
        return f"goes on though closed: {answer.reason}"
    await services.questions.withdraw(session.id)
    return (await stop_session(call, StopReason.CLOSED)).note


# Whoever closes is asked about only when something would stop by it.
VERB = Verb(name="close", forms=(), permission="none", carry_out=close, urgent=True)
