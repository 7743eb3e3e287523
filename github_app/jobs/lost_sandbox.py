"""When a job's sandbox is lost in mid-work: what is left of it, and when that is the job's end.

A machine may run out of memory, pass its time or vanish. The work then goes on from what its sandbox left when it ended, else
from the session's last snapshot and the commits that were saved while the agent worked.
"""

from __future__ import annotations

import structlog

from github_app.jobs.context import JobContext
from github_app.jobs.results import SandboxLost
from github_app.replies import wording
from sandbox.protocol import SandboxGone

log = structlog.get_logger()

# A job that takes its sandbox down twice would do so a third time; one that met with two accidents may have one more try.
SANDBOXES_A_JOB = 3

# What the loss stands under among the job's steps.
LOSE_SANDBOX = "lose_sandbox"


async def what_is_left(context: JobContext, gone: SandboxGone) -> SandboxLost:
    """What the job goes on from. Raises SandboxUnavailable when nothing can be learned now."""
    services, sandbox_id = context.services, context.sandbox_id
    snapshot = await services.backend.exit_snapshot(sandbox_id) if sandbox_id else None
    if sandbox_id:
        await services.sandbox_times.end(sandbox_id)
    log.warning("a sandbox was lost", sandbox=sandbox_id, problem=str(gone), left=snapshot)
    seen = await services.logs.last_position(context.session.id, context.job.id)
    return SandboxLost(
        sandbox_id=sandbox_id or "",
        why=str(gone),
        snapshot=snapshot,
        last_position=seen,
        # Before an agent was told what to do, nothing was going on.
        notes=(wording.went_on_in_another_sandbox(),) if context.job.deadline is not None else (),
    )
