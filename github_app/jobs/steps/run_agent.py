"""Run the agent: the prompt goes in, its events come out, until it has ended."""

from __future__ import annotations

from github_app.jobs.agent.run_to_the_end import run_to_the_end
from github_app.jobs.agent.task import first_task, of_its_own
from github_app.jobs.context import JobContext
from github_app.jobs.results import AgentRan


async def run_agent(context: JobContext) -> AgentRan:
    """It may do as it likes in its sandbox."""
    return await run_to_the_end(context, first_task(context))


async def run_planner(context: JobContext) -> AgentRan:
    """It may look at everything, and change nothing."""
    return await run_to_the_end(context, first_task(context, plans=True))


async def run_reviewer(context: JobContext) -> AgentRan:
    """It may look at everything, and change nothing, and knows nothing of what was said in the session: who has written the
    change defends it."""
    return await run_to_the_end(context, first_task(context, plans=True, conversation=of_its_own(context)))
