"""What sandboxes cost is known only some time after their end: their provider is asked until it tells."""

from __future__ import annotations

import time

import structlog

from github_app.jobs.services import Services
from sandbox.protocol import SandboxGone
from state.columns import to_microdollars

log = structlog.get_logger()

# Modal measures every few seconds and says that its figures may be some minutes late; the first one told is kept.
SETTLED_SECONDS = 15 * 60
# Whoever has not told by then never will.
GIVE_UP_SECONDS = 2 * 24 * 60 * 60
# Each costs two requests; with a look every ten minutes that is 300 sandboxes an hour.
SANDBOXES_A_LOOK = 50


async def book_sandbox_costs(services: Services) -> int:
    """Ask what ended sandboxes cost; gives the number of those that are known now."""
    now, backend = time.time(), services.backend
    booked = 0
    for each in await services.sandbox_times.without_cost(
        backend.name, ended_after=now - GIVE_UP_SECONDS, ended_before=now - SETTLED_SECONDS, limit=SANDBOXES_A_LOOK
    ):
        try:
            cost = await backend.cost(each.sandbox_id)
        except SandboxGone:
            log.info("nobody tells what a sandbox cost", sandbox=each.sandbox_id)
            continue
        if cost is not None:
            await services.sandbox_times.set_cost(each.sandbox_id, to_microdollars(cost))
            booked += 1
    return booked
