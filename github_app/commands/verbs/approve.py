"""approve: the plan of that version is carried out, if it still stands on what it was made from."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from github_app.commands.approved_plans import close_what_showed
from github_app.commands.job_options import ALLOW_WORKFLOWS, BUDGET, DRAFT, MODEL, READY
from github_app.commands.plan_gate import PLANS, look, which_plan, why_void
from github_app.commands.queueing import queue
from github_app.commands.verb import Call, Form, Verb
from github_app.domain.ask import Ask
from github_app.jobs.plans import PostedPlan, plans_of
from github_app.replies import plan_wording
from state.jobs import Job
from state.sessions import Session


async def approve(call: Call) -> str:
    services, target, command = call.services, call.ask.target, call.word
    session = await services.sessions.by_thread(target.repository.id, target.thread)
    jobs = [] if session is None else await services.jobs.of_session(session.id)
    posted = plans_of(jobs)
    if session is None or not (posted or any(is_made(job) for job in jobs)):
        return await not_now(call, plan_wording.none_here(command))
    if any(is_made(job) for job in jobs):
        return await not_now(call, plan_wording.being_revised(command))
    chosen = which_plan(call.ask.command.text, call.ask.origin, posted, command)
    if isinstance(chosen, str):
        return await not_now(call, chosen)
    if (said := carried_out_before(chosen, jobs, session, but=call.job_id)) is not None:
        return await not_now(call, said)
    now, plan = await look(call, chosen.plan), chosen.plan
    if not now.is_open:
        return await not_now(call, plan_wording.closed())
    before = any(Ask.from_json(job.ask).plan_job == chosen.job.id for job in jobs)  # which closed what showed it
    if plan.pull and not now.pull_sha and not before:
        return await not_now(call, plan_wording.pull_closed(plan.version, plan.pull, command))
    if changed := why_void(plan, chosen.ask, now):
        return await not_now(call, plan_wording.void(plan.version, changed, command))
    said_so = msgspec.structs.replace(call.ask.command, text=f"v{plan.version}")
    # What the delivery has of the issue is from another moment, at which it may have said something else.
    target = msgspec.structs.replace(call.ask.target, title=now.title, body=now.body)
    approved = msgspec.structs.replace(call.ask, command=said_so, target=target, plan_job=chosen.job.id)
    note = await queue(replace(call, ask=approved), "change/1")
    if plan.pull and call.job_id in await services.jobs.known([call.job_id]):
        await close_what_showed(call, chosen)
    return note


async def not_now(call: Call, sentence: str) -> str:
    await call.say(sentence)
    return "not approved"


def is_made(job: Job) -> bool:
    """Whether a plan is in the making there."""
    return job.recipe.startswith(PLANS) and job.ending is None and job.state != "ended"


def carried_out_before(chosen: PostedPlan, jobs: list[Job], session: Session, *, but: str) -> str | None:
    """What to say of a plan that was approved before and came through, or is on its way; None when it may be carried out. The
    job that this approval itself became counts for nothing."""
    for job in jobs:
        if job.id == but or Ask.from_json(job.ask).plan_job != chosen.job.id:
            continue
        if job.state != "ended":
            return plan_wording.being_carried_out(chosen.plan.version)
        if job.outcome == "succeeded":
            return plan_wording.carried_out_already(chosen.plan.version, session.pull_number)
    return None


VERB = Verb(
    name="approve",
    forms=(
        Form("approve", "carries out the latest plan"),
        Form("approve …", "the same, if the latest plan is the version that you name (`v2`)"),
    ),
    permission="approve",
    carry_out=approve,
    options=(MODEL, DRAFT, READY, BUDGET, ALLOW_WORKFLOWS),
    chooses=True,
)
