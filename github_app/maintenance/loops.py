"""How often each look is taken. Most is to be found at start."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from github_app.github.failures import GitHubProblem
from github_app.images.refresh import refresh_images
from github_app.images.warm_pool import keep_warm
from github_app.jobs.services import Services
from github_app.maintenance.leftovers import end_leftover_sandboxes, forget_old_rows, give_up_stranded_jobs
from github_app.maintenance.sandbox_costs import book_sandbox_costs
from github_app.webhooks.missed.deliveries import ask_for_lost_deliveries
from github_app.webhooks.missed.labels import queue_lost_labels
from sandbox.protocol import SandboxError

log = structlog.get_logger()

Look = Callable[[Services], Awaitable[int]]

# Seconds until the first look, and between two. Deliveries cost one request a look, labels one for each repository. What was
# labelled while Harvest started is on its way, so labels are looked at a little later. Images are asked about only when they
# are due (HARVEST_IMAGE_MINUTES); looking every minute gives a repository its first one soon, and no other look waits for it.
SCHEDULE: tuple[tuple[float, float, Look], ...] = (
    (0, 60, ask_for_lost_deliveries),
    (0, 60, end_leftover_sandboxes),
    (0, 60, give_up_stranded_jobs),
    (90, 60 * 60, queue_lost_labels),
    (60, 60, refresh_images),
    (60, 60, keep_warm),
    (120, 10 * 60, book_sandbox_costs),
    (300, 6 * 60 * 60, forget_old_rows),
)


async def reconcile(services: Services) -> None:
    """Take every look on its schedule; ends only by cancellation."""
    async with asyncio.TaskGroup() as loops:
        for first, seconds, look in SCHEDULE:
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
