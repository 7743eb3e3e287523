"""A first job takes a warm sandbox, if one waits for it.

The claim is a row in the database and is found again after a crash. What was claimed is then handed over by the backend; one
that has died meanwhile is forgotten, and the job creates its own.
"""

from __future__ import annotations

import time

import structlog

from github_app.jobs.context import JobContext
from sandbox.protocol import Sandbox, SandboxGone, SandboxSpec

log = structlog.get_logger()

# An idle sandbox costs as much as a busy one, and its clone grows older. After this it is replaced, and not given away.
IDLE_SECONDS = 30 * 60


async def take_warm(context: JobContext, spec: SandboxSpec) -> Sandbox | None:
    """The warm sandbox of that image which this job has claimed before or claims now; None when there is none."""
    services = context.services
    start, image_id = spec.start
    can_wait = start == "image" and services.backend.makes_ahead and spec.egress == services.egress.at_first()
    if not can_wait or image_id is None:
        return None
    claimed = await services.warm.claimed_by(context.job.id)
    # On any but the first try the job may have created a sandbox of its own: another one would be one too many.
    if claimed is None and context.first_try:
        claimed = await services.warm.claim(
            context.job.id,
            repository_id=context.session.repository_id,
            image_id=image_id,
            created_after=time.time() - IDLE_SECONDS,
        )
    if claimed is None or any(lost.sandbox_id == claimed for lost in context.lost):
        return None
    try:
        return await services.backend.hand_over(claimed, spec.tags)
    except SandboxGone as problem:
        log.warning("a warm sandbox had died", sandbox=claimed, problem=str(problem))
        await services.warm.forget_claims([context.job.id])
        return None
