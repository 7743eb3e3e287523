"""Weigh the plan: what the job before this one made may be carried out if a second model reviewed it and found no blocker.
Otherwise it waits for somebody to read it."""

from __future__ import annotations

from github_app.domain.ending import JobOver
from github_app.domain.plan import blockers_in
from github_app.jobs.context import JobContext
from github_app.jobs.results import PlanPosted, PlanReviewed, PlanWeighed
from github_app.replies import endings


async def weigh_plan(context: JobContext) -> PlanWeighed:
    planning = await JobContext.load(context.services, context.ask.plan_job)
    posted, reviewed = planning.latest(PlanPosted), planning.latest(PlanReviewed)
    if posted is None or reviewed is None:
        raise JobOver.of(endings.no_plan_to_carry_out())
    version, command = posted.plan.version, context.services.command_in(context.session.repository_id)
    if not reviewed.by:
        raise JobOver.of(endings.plan_not_reviewed(version, command))
    if blockers := blockers_in(reviewed.findings):
        raise JobOver.of(endings.plan_has_blockers(version, len(blockers), command))
    return PlanWeighed(version=version)
