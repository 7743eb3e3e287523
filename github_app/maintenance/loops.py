"""Looks that are taken again and again: each on its own time, and none is ended by what goes wrong in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import structlog

from github_app.github.failures import GitHubProblem
from github_app.jobs.services import Services
from sandbox.protocol import SandboxError

log = structlog.get_logger()

Look = Callable[[Services], Awaitable[int]]


class Scheduled(NamedTuple):
    """A look, the seconds until it is first taken, and those between two."""

    first: float
    every: float
    look: Look


async def reconcile(services: Services, schedule: Sequence[Scheduled]) -> None:
    """Take every look on its schedule; ends only by cancellation."""
    async with asyncio.TaskGroup() as loops:
        for first, seconds, look in schedule:
            loops.create_task(again_and_again(services, first, seconds, look), name=look.__name__)


async def again_and_again(services: Services, first: float, seconds: float, look: Look) -> None:
    await asyncio.sleep(first)
    while True:
        try:
            found = await look(services)
            if found:
                log.info("reconciled", look=look.__name__, found=found)
        except (GitHubProblem, SandboxError) as problem:
            log.warning("reconciling will be tried again", look=look.__name__, error=str(problem))
        except Exception:
            log.exception("reconciling failed", look=look.__name__)
        await asyncio.sleep(seconds)
