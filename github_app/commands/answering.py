"""A question of an agent's is over: somebody has answered, or nobody has in time. Its work goes on in the recipe that it was
asked for in, or it ends with a sentence.

The question is taken before the job is written down and closed afterwards, so all of it can be done twice.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import structlog

from github_app.commands.authority import No, Terms, who_may_ask
from github_app.commands.going_on import going_on_with
from github_app.commands.queueing import pull_head, queue
from github_app.commands.quiet_call import QuietCall, quiet_call
from github_app.commands.verb import Call
from github_app.domain.ask import Answered, Ask, By, Command, Origin
from github_app.domain.question import meant
from github_app.domain.stop_reason import StopReason
from github_app.github.failures import Refused
from github_app.github.repository_settings import RepositoryOnGitHub
from github_app.github.threads import Thread
from github_app.github.tokens import Purpose
from github_app.jobs.services import Services
from github_app.jobs.stop_requests import ask_to_stop
from github_app.replies import question as texts
from github_app.replies.end import mention
from github_app.settings.repository import RepositorySettings
from state.jobs import job_id_of
from state.questions import AskedQuestion, Closed
from state.sessions import Session

log = structlog.get_logger()

# Somebody's answer may be on its way, and what carries it out is tried for an hour.
LATE_ANSWER_SECONDS, LATE_ANSWERS = 10 * 60.0, 6


async def answered_by(services: Services, question: AskedQuestion, asked: Ask, session: Session) -> Ask:
    """The ask that goes on with this answer. What is quoted above it, or said by others in its review, is none."""
    job = await services.jobs.get(question.job_id)
    answer = meant(asked.command.text, question.options)
    answered = Answered(question.question, tuple(question.options), answer, asked.material)
    return msgspec.structs.replace(going_on_with(job, asked, session), answered=answered)


async def go_on(call: Call, question: AskedQuestion, why: Closed = "answered") -> str:
    """Queue the job that goes on, which has taken the question. Where none could be, another answer can be given."""
    recipe = (await call.services.jobs.get(question.job_id)).recipe
    note = await queue(call, recipe, "resume")
    if await call.services.jobs.known([call.job_id]):
        await call.services.questions.close(question.job_id, why)
    else:
        await call.services.questions.give_back(question.job_id, by=call.job_id)
    return note


async def when_nobody_answers(services: Services, question: AskedQuestion) -> None:
    """Its time is over. Raises Passing when GitHub can't be asked now."""
    job_id = question.job_id
    session = await services.sessions.get(question.session_id)
    if not question.default_answer:
        await end_it(services, question, session)
        return
    silent = job_id_of(f"silence/{job_id}")
    if not await services.questions.take(job_id, by=silent):
        if question.failures >= LATE_ANSWERS and question.taken_by is not None:  # nothing came of that
            await services.questions.give_back(job_id, by=question.taken_by)
        await services.questions.put_off(question, LATE_ANSWER_SECONDS)
        return
    call = await silence(services, question, session, silent)
    why = await why_not(call)
    if not await services.questions.take(job_id, by=silent):  # somebody has stopped it meanwhile
        return
    note = await go_on(call, question, "default") if why is None else why
    log.info("nobody answered a question", job=silent, asked_by=job_id, note=note)
    if await services.jobs.known([silent]):
        await stop_if_withdrawn(services, job_id, silent)
    else:
        reason = call.said[0] if call.said else note
        await tell(services, call.ask, job_id, texts.not_gone_on(mention(call.ask.actor.login), reason))
        await services.questions.close(job_id, "unanswered")


async def stop_if_withdrawn(services: Services, job_id: str, silent: str) -> None:
    """Somebody may have stopped it, or asked for something else, just before its job was there to be found."""
    now = await services.questions.of_job(job_id)
    if now is not None and now.why == "withdrawn":
        await ask_to_stop(services, await services.jobs.get(silent), by="Somebody", why=StopReason.COMMAND)


async def end_it(services: Services, question: AskedQuestion, session: Session) -> None:
    """Without a default there is nothing to go on with; an answer is taken all the same."""
    ask = Ask.from_json((await services.jobs.get(question.job_id)).ask)
    word = services.command_in(session.repository_id)
    await tell(services, ask, question.job_id, texts.nobody_answered(mention(ask.actor.login), word))
    await services.questions.close(question.job_id, "unanswered")


async def silence(services: Services, question: AskedQuestion, session: Session, job_id: str) -> QuietCall:
    """The ask of nobody, in the name of who asked first and on what is left of its budget."""
    before = Ask.from_json((await services.jobs.get(question.job_id)).ask)
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    origin = Origin(By.SILENCE, 0, at, inline=before.origin.inline, thread=before.origin.thread)
    default = Command("answer", question.default_answer)
    budget_of = before.budget_of or question.job_id
    asked = msgspec.structs.replace(before, command=default, origin=origin, material="", then=(), budget_of=budget_of)
    if session.repository != before.target.repository.full_name:
        renamed = msgspec.structs.replace(before.target.repository, full_name=session.repository)
        asked = msgspec.structs.replace(asked, target=msgspec.structs.replace(before.target, repository=renamed))
    ask = await answered_by(services, question, asked, session)
    return quiet_call(services, ask, job_id)


async def why_not(call: QuietCall) -> str | None:
    """Why it can't go on in that person's name; None when it can. It goes on with a pull request as it was when it was asked
    for: what somebody pushed since then, nobody has had worked on."""
    services, target = call.services, call.ask.target
    repository = RepositoryOnGitHub(target.installation_id, target.repository.id, target.repository.full_name)
    read = await services.settings_files.read_default(repository, target.repository.default_branch)
    terms = Terms.of("change", services.settings.allowed_bots, read.settings or RepositorySettings())
    token = await services.tokens.get(target.installation_id, target.repository.id, Purpose.REPLY)
    name = target.repository.full_name
    answer = await who_may_ask(services.roles, token.value, name, call.ask.actor, terms, call.job_id, "roles.change")
    if isinstance(answer, No):
        return "who asked for it may not any more."
    head = await pull_head(await call.thread()) if target.place == "pull" else None
    return head if isinstance(head, str) else None


async def tell(services: Services, ask: Ask, job_id: str, text: str) -> None:
    """Once, where it was asked. Where GitHub takes no word, nobody can be told."""
    target = ask.target
    try:
        token = await services.tokens.get(target.installation_id, target.repository.id, Purpose.REPLY)
        name, app_id = target.repository.full_name, services.app_id
        thread = Thread(services.github, token.value, app_id, name, ask.said_in, inline=ask.origin.inline)
        await thread.say_once(f"<!-- harvest:unanswered:{job_id} -->", text)
    except Refused as problem:
        log.warning("nobody could be told that a question is over", job=job_id, error=str(problem))
