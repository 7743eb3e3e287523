"""Waiting until people can see what a job's step has appended to the log."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import structlog

from github_app.domain.session_events import Replied, ReplyRefused, Started, event_in
from github_app.github import failures
from github_app.github.failures import Refused
from github_app.jobs.context import JobContext
from github_app.jobs.reporting.surfaces import SURFACES

log = structlog.get_logger()

KINDS_OF_REFUSAL = {kind.__name__: kind for kind in (Refused, failures.InstallationSuspended, failures.NotInstalled)}


async def until_seen_to_begin(context: JobContext) -> None:
    """Wait until people can see that the job has begun. Raises Refused where GitHub takes no word: nobody would learn of what
    is done."""
    try:
        for problem in await until_shown(context, await context.append(Started())):
            raise problem
    except TimeoutError:
        # It is told when GitHub takes it. What the next steps need of GitHub, they wait for themselves.
        log.warning("the job goes on, and nobody could be told yet that it has begun")


async def until_shown(context: JobContext, number: int) -> list[Refused]:
    """Wait until every surface shows the session as of that entry of its log; gives the refusals of those on which GitHub lets
    nobody write. Raises TimeoutError after the step's patience."""
    waiting = {surface.name for surface in SURFACES}
    refused: list[Refused] = []
    entries = context.services.logs.follow(context.session.id, after=number, by="harvest")
    async with asyncio.timeout(context.patience), aclosing(entries):
        async for entry in entries:
            match event_in(entry):
                case Replied(surface, up_to) if up_to >= number:
                    waiting.discard(surface)
                case ReplyRefused(surface, up_to) as told if up_to >= number:
                    waiting.discard(surface)
                    refused.append(KINDS_OF_REFUSAL[told.problem](told.request, told.reason, told.status))
            if not waiting:
                break
    return refused
