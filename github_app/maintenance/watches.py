"""Looks after the pull requests that are watched, whenever one is due: each by one node at a time, under a lease."""

from __future__ import annotations

import asyncio

import structlog

from github_app.commands.watching import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, look_after
from github_app.github.failures import GitHubProblem, Passing
from github_app.jobs.services import Services
from state.database import is_away
from state.leases import LeaseLost
from state.watches import Watch

log = structlog.get_logger()

# What another process has stirred announces itself to nobody.
LOOK_SECONDS = 2.0
# A look takes half a dozen requests to GitHub, and people's own asks come first.
AT_ONCE = 4


async def keep_watching(services: Services) -> None:
    """Look after what is due, for ever; ends only by cancellation."""
    while True:
        looked_after = [False]
        try:
            due = await services.watches.due(AT_ONCE)
            looked_after = await asyncio.gather(*(one_look(services, watch) for watch in due))
        except Exception as error:  # the database is busy or gone: what is due stays so
            log.error("watches can't be looked after", error=str(error))
            await asyncio.sleep(LOOK_SECONDS)
        if not any(looked_after):
            await services.watches.wait_for_news(LOOK_SECONDS)


async def one_look(services: Services, watch: Watch) -> bool:
    """False when another node is at it."""
    places = {"watch": watch.id, "repository": watch.repository, "thread": watch.pull_number}
    with structlog.contextvars.bound_contextvars(**places):
        try:
            looked = await services.leases.while_held(f"watch:{watch.id}", lambda: look_as_it_is_now(services, watch.id))
        except Exception as problem:
            if is_away(problem):
                raise
            pause = pause_after(watch.failures, problem)
            if isinstance(problem, (GitHubProblem, LeaseLost)):
                log.warning("a watch is looked after again later", error=str(problem), seconds=pause)
            else:
                log.exception("looking after a watch failed")
            await services.watches.put_off(watch.id, pause)
            return True
    return looked is not None


async def look_as_it_is_now(services: Services, watch_id: str) -> bool:
    """Another node may have been at it since it was found to be due."""
    watch = await services.watches.get(watch_id)
    if watch.told_at is None and await services.watches.is_due(watch_id):
        await look_after(services, watch)
    return True


def pause_after(failures: int, problem: Exception) -> float:
    asked = problem.wait_seconds if isinstance(problem, Passing) else 0.0
    return max(asked, min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0**failures))
