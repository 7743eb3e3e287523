"""answer: what an agent wanted to know. Its work goes on with that, where it stopped."""

from __future__ import annotations

from dataclasses import replace

from github_app.commands.answering import answered_by, go_on
from github_app.commands.job_options import BUDGET, MODEL
from github_app.commands.verb import Call, Form, Verb
from github_app.replies import question as texts


async def answer(call: Call) -> str:
    services, asked = call.services, call.ask
    session = await services.sessions.by_thread(asked.target.repository.id, asked.target.thread)
    question = None if session is None else await services.questions.to_answer(session.id, by=call.job_id)
    if session is None or question is None:
        await call.say(texts.none_open(call.word))
        return "no question waits for an answer"
    if not await services.questions.take(question.job_id, by=call.job_id):
        await call.say(texts.answered_before())
        return f"the question of job {question.job_id} was answered before"
    going_on = await answered_by(services, question, asked, session)
    return await go_on(replace(call, ask=going_on), question)


VERB = Verb(
    name="answer",
    forms=(Form("answer …", "answers an agent's question; the work then goes on where it stopped"),),
    carry_out=answer,
    without_text="Tell me what to answer",
    example="answer keep the old name as an alias",
    options=(MODEL, BUDGET),
    chore="resume",
    chooses=True,
)
