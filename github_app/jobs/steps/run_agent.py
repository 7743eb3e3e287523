"""Run the agent: the prompt goes in, its events come out, until it has ended."""

from __future__ import annotations

from github_app.jobs.agent.run_to_the_end import run_to_the_end
from github_app.jobs.agent.task import FirstRun, first_task, of_a_planner, of_a_reviewer, of_a_worker
from github_app.jobs.context import JobContext
from github_app.jobs.reporting.shown import until_seen_to_begin
from github_app.jobs.results import AgentRan
from sandbox import run_start


async def run_agent(context: JobContext) -> AgentRan:
    return await run_first(context, of_a_worker)


async def run_planner(context: JobContext) -> AgentRan:
    return await run_first(context, of_a_planner)


async def run_reviewer(context: JobContext) -> AgentRan:
    return await run_first(context, of_a_reviewer)


async def run_first(context: JobContext, first_run: FirstRun) -> AgentRan:
    """Raises Refused where GitHub lets nobody be told that the job has begun: then the agent is told nothing. One that was
    told before a restart is followed at once."""
    task = first_task(context, first_run)
    if context.first_try or await run_start.standing(await context.sandbox(), task.run.id) != "told":
        await until_seen_to_begin(context)
    return await run_to_the_end(context, task)
