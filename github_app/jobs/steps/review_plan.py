"""Review the plan: a second model looks for what is wrong with it, on the job's budget. A plan that was reviewed already is
not paid for twice, and one that nobody could review is shown all the same, with why."""

from __future__ import annotations

import hashlib
import secrets

import structlog

from github_app.domain.ask import Ask
from github_app.domain.ending import JobOver
from github_app.gateway.model.budget import Budgets
from github_app.gateway.reviewer.review import review
from github_app.jobs.agent.access import digest_of, grant, revoke
from github_app.jobs.agent.prompt import issue_text
from github_app.jobs.context import JobContext
from github_app.jobs.plans import shown
from github_app.jobs.results import AgentRan, PlanReviewed
from github_app.replies import endings
from sandbox.secret import Secret

log = structlog.get_logger()


async def review_plan(context: JobContext) -> PlanReviewed:
    services, job_id, ran = context.services, context.job.id, context.found(AgentRan)
    if not ran.said:
        raise JobOver.of(endings.no_plan())
    plan_sha256 = hashlib.sha256(ran.said.encode()).hexdigest()
    before = context.latest(PlanReviewed)
    if before is not None and before.plan_sha256 == plan_sha256:
        return before
    token = Secret(f"harvest-review-{secrets.token_urlsafe(32)}")
    await services.budgets.hold(job_id, context.session.id, context.accounts)
    await grant(services, job_id, digest_of(token), None)
    try:
        found = await review(
            services.settings,
            Budgets(services.usage),
            digest_of(token),
            planner=ran.model,
            asked=asked_for(context.ask),
            plan=shown(ran.said),
            models=context.narrowed.models,
        )
    finally:
        await revoke(services, job_id)
    if found.problem:
        log.warning("the plan was not reviewed", why=found.problem)
    return PlanReviewed(
        plan_sha256=plan_sha256, by=found.by, findings=found.findings, problem=found.problem, instead=found.instead
    )


def asked_for(ask: Ask) -> str:
    """What the plan is for, as the planner was told."""
    said = ask.command.text
    return "\n\n".join([issue_text(ask), *([f"{ask.actor.login} asked:", said] if said else [])])
