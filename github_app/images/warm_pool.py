"""Keeps sandboxes ready that were started from repository images, as many as the operator wants to pay for.

A sandbox is in the pool when it has a row, and it is taken out of the pool before it is ended: no job gets one that is ending.
One that has no row, because of a crash, is ended as a leftover.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from contextlib import suppress

import structlog

from github_app.domain.sandbox_time import time_of
from github_app.images.refresh import ACTIVE_SECONDS
from github_app.jobs.services import Services
from github_app.jobs.steps.open_sandbox import job_seconds
from github_app.jobs.warm_claim import IDLE_SECONDS
from sandbox.protocol import SandboxError, SandboxGone, SandboxSpec, SnapshotGone
from state.warm_sandboxes import WarmSandbox

log = structlog.get_logger()

# How warm sandboxes are found: all of them carry this tag until they are handed over.
WARM = {"service": "harvest", "warm": "idle"}

# It is in the pool a moment after its time begins, and claimed a moment before it is handed over.
MARGIN_SECONDS = 5 * 60


async def keep_warm(services: Services) -> int:
    """End what is not wanted in the pool, and make what is missing; gives the number of both."""
    if not services.backend.makes_ahead:
        return 0
    wanted = await wanted_images(services)
    kept, changed = Counter[int](), 0
    for one in await idle(services):
        if is_good(one, wanted, time.time()) and kept[one.repository_id] < services.settings.warm_sandboxes:
            kept[one.repository_id] += 1
        else:
            changed += await end(services, one)
    for repository_id, image_id in wanted.items():
        for _ in range(services.settings.warm_sandboxes - kept[repository_id]):
            changed += await make(services, repository_id, image_id)
    return changed


async def wanted_images(services: Services) -> dict[int, str]:
    """The images of the repositories at work, by the repositories' ids; none when the pool is switched off."""
    if not services.settings.warm_sandboxes:
        return {}
    at_work = {repository.id for repository in await services.images.wanted(time.time() - ACTIVE_SECONDS)}
    rows = await services.images.all()
    return {row.repository.id: row.built.image_id for row in rows if row.built and row.repository.id in at_work}


async def idle(services: Services) -> list[WarmSandbox]:
    """Those of the pool that wait and live; what jobs that have ended had claimed, and what has died, is forgotten."""
    rows = await services.warm.all()
    unfinished = {job.id for job in await services.jobs.unfinished()} if rows else set()
    await services.warm.forget_claims([row.claimed_by for row in rows if row.claimed_by and row.claimed_by not in unfinished])
    waiting = [row for row in rows if row.claimed_by is None]
    living = {summary.id for summary in await services.backend.list(WARM)} if waiting else set()
    for row in waiting:
        if row.sandbox_id not in living:
            await services.warm.take_away(row.sandbox_id)
    return [row for row in waiting if row.sandbox_id in living]


def is_good(one: WarmSandbox, wanted: dict[int, str], now: float) -> bool:
    """It was started from the image that is wanted now, and not too long ago."""
    return wanted.get(one.repository_id) == one.image_id and now - one.created_at < IDLE_SECONDS


async def make(services: Services, repository_id: int, image_id: str) -> bool:
    """Add one to the pool; False when that image gives none."""
    spec = SandboxSpec(
        name=f"harvest-warm-{secrets.token_hex(8)}",
        session="warm",
        tags={**WARM, "repository": str(repository_id)},
        image_id=image_id,
        timeout_seconds=IDLE_SECONDS + job_seconds(services.settings) + MARGIN_SECONDS,
        egress=services.egress.at_first(),
    )
    try:
        sandbox = await services.backend.create(spec)
    except SnapshotGone as problem:
        log.warning("no warm sandbox from an image that is gone", image=image_id, problem=str(problem))
        await services.images.forget_image(repository_id, image_id)
        return False
    except SandboxError as problem:
        log.warning("no warm sandbox for now", image=image_id, problem=str(problem))
        return False
    await services.sandbox_times.begin(time_of(sandbox, spec, backend=services.backend.name, purpose="warm"))
    await services.warm.add(sandbox.id, repository_id=repository_id, image_id=image_id)
    return True


async def end(services: Services, one: WarmSandbox) -> bool:
    """Take one out of the pool and end it; False when a job was faster."""
    if not await services.warm.take_away(one.sandbox_id):
        return False
    with suppress(SandboxGone):  # as wished
        await (await services.backend.attach(one.sandbox_id)).terminate()
    await services.sandbox_times.end(one.sandbox_id)
    return True
