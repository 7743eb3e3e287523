"""Acknowledge: what people see first. On a pull request a check run says that work has begun; on an issue, whose head commit
could not carry one (a pull request from it would show as checked what nobody has checked), the comment says it.

That the request was heard was said before, by the reaction that intake left on it.
"""

from __future__ import annotations

import structlog

from github_app.domain.session_events import Started
from github_app.jobs.context import JobContext
from github_app.jobs.reporting.shown import until_shown
from github_app.jobs.results import Acknowledged

log = structlog.get_logger()


async def acknowledge(context: JobContext) -> Acknowledged:
    """Raises Refused where GitHub takes no word: nobody would learn of what the agent does."""
    await context.services.jobs.start(context.job.id)
    try:
        for problem in await until_shown(context, await context.append(Started())):
            raise problem
    except TimeoutError:
        # It is told when GitHub takes it. What the next steps need of GitHub, they wait for themselves.
        log.warning("the job goes on, and nobody could be told yet that it has begun")
    return Acknowledged(notes=context.narrowed.wider)
