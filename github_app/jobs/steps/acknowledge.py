"""Acknowledge: what people see first. On a pull request a check run says that work has begun; on an issue, whose head commit
could not carry one (a pull request from it would show as checked what nobody has checked), the comment says it.

That the request was heard was said before, by the reaction that intake left on it.
"""

from __future__ import annotations

from github_app.domain.session_events import Started
from github_app.jobs.context import JobContext
from github_app.jobs.reporting.shown import until_seen_to_begin
from github_app.jobs.results import Acknowledged


async def acknowledge(context: JobContext) -> Acknowledged:
    """People are told while the next steps go on; nothing is said to an agent before they could be (`run_agent`)."""
    await context.services.jobs.start(context.job.id)
    await context.append(Started())
    return Acknowledged(model=context.model, notes=context.narrowed.wider)


async def acknowledge_first(context: JobContext) -> Acknowledged:
    """For a job without an agent. Raises Refused where GitHub takes no word: nobody would learn of what is done."""
    acknowledged = await acknowledge(context)
    await until_seen_to_begin(context)
    return acknowledged
