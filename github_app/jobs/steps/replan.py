"""Replan: what the review holds against the plan as a blocker, and what the plan lacks, goes back to the planner, in the same
conversation. With nothing to mend the plan stays as it is."""

from __future__ import annotations

import msgspec
import structlog

from github_app.domain.ending import JobOver
from github_app.domain.plan import blockers_in, shortcomings
from github_app.jobs.agent.planning import to_settle
from github_app.jobs.agent.run_to_the_end import run_to_the_end
from github_app.jobs.agent.task import AgentRun, AgentTask
from github_app.jobs.context import JobContext
from github_app.jobs.results import AgentRan, PlanReviewed, SandboxLost
from github_app.replies import plan_wording

log = structlog.get_logger()

# The person who asked for the plan has decided about it.
DECIDED = frozenset({"stopped", "withdrawn"})


async def replan(context: JobContext) -> AgentRan:
    """A plan that could not be mended is still one that a person may want to see."""
    ran = context.found(AgentRan)
    blockers, missing = blockers_in(context.found(PlanReviewed).findings), shortcomings(ran.said)
    if (not blockers and not missing) or was_asked(context):
        return ran
    run = AgentRun(run_id(context), context.model, resume=True, plans=True)
    task = AgentTask(run, to_settle(blockers, missing))
    try:
        again = await run_to_the_end(context, task)
    except JobOver as over:
        if over.ending.outcome in DECIDED:
            raise
        log.warning("the plan stays as it was", why=over.ending.happened)
        at = over.found.last_position if isinstance(over.found, AgentRan) else ran.last_position
        note = plan_wording.not_replanned(over.ending.happened)
        return msgspec.structs.replace(ran, last_position=at, notes=(*ran.notes, note))
    return again if again.said else ran


def was_asked(context: JobContext) -> bool:
    """Whether the planner knows this review already, and left the plan as it is."""
    reviewed = context.found(PlanReviewed).plan_sha256
    kinds = [result for result in context.results if isinstance(result, AgentRan | PlanReviewed)]
    first = next(at for at, result in enumerate(kinds) if isinstance(result, PlanReviewed) and result.plan_sha256 == reviewed)
    return any(isinstance(result, AgentRan) for result in kinds[first:])


def run_id(context: JobContext) -> str:
    """Another one for each run in a sandbox, and the same however often this step is tried."""
    runs = 1
    for result in context.results:
        runs = 1 if isinstance(result, SandboxLost) else runs + isinstance(result, AgentRan)
    return f"{context.job.id}-{runs}"
