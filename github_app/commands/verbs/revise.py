"""revise: the next version of the plan, with what is written, or from how things are now."""

from __future__ import annotations

from github_app.commands.job_options import BUDGET, MODEL
from github_app.commands.plan_gate import NO_PLAN, PLANS, as_it_is_now
from github_app.commands.queueing import queue
from github_app.commands.verb import Call, Form, Verb
from github_app.replies import plan_wording


async def revise(call: Call) -> str:
    services, target, command = call.services, call.ask.target, call.word
    session = await services.sessions.by_thread(target.repository.id, target.thread)
    jobs = [] if session is None else await services.jobs.of_session(session.id)
    if not any(job.recipe.startswith(PLANS) for job in jobs):
        await call.say(plan_wording.none_here(command))
        return "nothing to revise"
    now = await as_it_is_now(call)
    return NO_PLAN if now is None else await queue(now, "plan/1")


VERB = Verb(
    name="revise",
    forms=(
        Form("revise", "makes the next version of the plan, from how things are now"),
        Form("revise …", "makes the next version of the plan, with what you write"),
    ),
    permission="ask",
    carry_out=revise,
    options=(MODEL, BUDGET),
)
