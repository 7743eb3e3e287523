"""What a job has taken while it is not over yet, for what it posts before its end."""

from __future__ import annotations

from github_app.jobs.context import JobContext
from github_app.jobs.results import AgentRan


async def cost_so_far(context: JobContext) -> float:
    """In US dollars. The gateway counts what the agent uses. Without the gateway the CLI's own figures are all there is of
    that, and only the reviews of plans are counted."""
    counted = (await context.services.usage.of_job(context.job.id)).cost_usd
    if context.services.settings.model_access == "gateway":
        return counted
    runs = {result.last_position: result.cost_usd for result in context.results if isinstance(result, AgentRan)}
    return counted + sum(runs.values())
