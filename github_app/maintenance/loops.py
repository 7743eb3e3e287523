"""Looks that are taken again and again: each on its own time, by one node at a time, and none is ended by what goes wrong in
it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import structlog

from github_app.github.failures import GitHubProblem
from github_app.jobs.services import Services
from sandbox.protocol import SandboxError
from state.leases import LeaseLost

log = structlog.get_logger()

# How much of the time between two looks nobody takes it: not all, or whoever took it last would come a moment too early.
RESTED_PART = 0.9

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
    """The first one is taken whenever another node took it last, for what this machine has left behind."""
    await asyncio.sleep(first)
    wait = await take_if_due(services, seconds, look, at_start=True)
    while True:
        await asyncio.sleep(wait)
        wait = await take_if_due(services, seconds, look)


async def take_if_due(services: Services, seconds: float, look: Look, *, at_start: bool = False) -> float:
    """Take the look, unless another node is at it or, but for the first one, took it less than those seconds ago; gives how
    long to wait before the next try."""
    lease = f"look:{look.__name__}"
    try:
        found = await services.leases.while_held(lease, lambda: look(services), rest=seconds * RESTED_PART, at_rest=at_start)
        if found is None:
            return min(seconds, max(1.0, await services.leases.free_in(lease)))
        if found:
            log.info("reconciled", look=look.__name__, found=found)
    except (GitHubProblem, SandboxError, LeaseLost) as problem:
        log.warning("reconciling will be tried again", look=look.__name__, error=str(problem))
    except Exception:
        log.exception("reconciling failed", look=look.__name__)
    return seconds
