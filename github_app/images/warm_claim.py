"""A first job takes a warm sandbox, if one waits for it.

The claim is a row in the database and is found again after a crash. What was claimed is then handed over by the backend; one
that has died meanwhile is forgotten, and the job creates its own.
"""

from __future__ import annotations

import time

import structlog

from github_app.work import Work
from sandbox.protocol import Sandbox, SandboxGone, SandboxSpec

log = structlog.get_logger()

# An idle sandbox costs as much as a busy one, and its clone grows older. After this it is replaced, and not given away.
IDLE_SECONDS = 30 * 60


async def take_warm(work: Work, spec: SandboxSpec) -> Sandbox | None:
    """The warm sandbox of that image which this job has claimed before or claims now; None when there is none."""
    harvest = work.harvest
    if spec.image_id is None or not harvest.backend.makes_ahead:
        return None
    claimed = await harvest.warm.claimed_by(work.job.id)
    # On any but the first try the job may have created a sandbox of its own: another one would be one too many.
    if claimed is None and work.first_try:
        claimed = await harvest.warm.claim(
            work.job.id,
            repository_id=work.session.repository_id,
            image_id=spec.image_id,
            created_after=time.time() - IDLE_SECONDS,
        )
    if claimed is None or any(lost.id == claimed for lost in work.lost):
        return None
    try:
        return await harvest.backend.hand_over(claimed, spec.tags)
    except SandboxGone as problem:
        log.warning("a warm sandbox had died", sandbox=claimed, problem=str(problem))
        await harvest.warm.forget_claims([work.job.id])
        return None
