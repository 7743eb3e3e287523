"""Mend the review: what can't be read as one goes back to the reviewer, once and in the same conversation. One that can be
read stays as it is."""

from __future__ import annotations

import structlog

from github_app.domain.review import Unreadable, review_in
from github_app.jobs.agent.reviewing import to_give_again
from github_app.jobs.agent.run_to_the_end import run_to_the_end
from github_app.jobs.agent.task import AgentRun, AgentTask, of_its_own
from github_app.jobs.context import JobContext
from github_app.jobs.results import AgentRan

log = structlog.get_logger()


async def mend_review(context: JobContext) -> AgentRan:
    ran = context.found(AgentRan)
    try:
        review_in(ran.said)
    except Unreadable as problem:
        log.warning("the review is asked for again", why=str(problem))
        why, run_id = str(problem), f"{context.job.id}-again"
        run = AgentRun(run_id, context.model, resume=True, plans=True, conversation=of_its_own(context))
        task = AgentTask(run, to_give_again(why))
        return await run_to_the_end(context, task)
    return ran
