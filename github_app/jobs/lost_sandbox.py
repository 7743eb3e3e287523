"""When a job's sandbox is lost in mid-work: what is left of it, and whether the job goes on in another one.

A machine may run out of memory, pass its time or vanish. The work then goes on from what its sandbox left when it ended, else
from the session's last snapshot and the commits that were saved while the agent worked.
"""

from __future__ import annotations

from typing import Any

import msgspec
import structlog

from github_app.domain.ending import JobOver
from github_app.jobs.context import JobContext, LostSandbox
from sandbox.protocol import SandboxGone
from state.session_state import SessionState

log = structlog.get_logger()

# A job that takes its sandbox down twice would do so a third time; one that met with two accidents may have one more try.
SANDBOXES_A_JOB = 3


class SandboxLost(Exception):
    """The job's sandbox is gone, that is written down, and another one may be opened."""


async def lose_sandbox(context: JobContext, number: int, gone: SandboxGone) -> None:
    """Write down that the job's sandbox of this number (from 1) is lost, once. Raises SandboxLost; or JobOver when the job has
    used up its share; or SandboxUnavailable when nothing can be learned now."""
    if len(context.lost) < number:
        await write_down(context, gone)
    if number < SANDBOXES_A_JOB:
        raise SandboxLost
    raise JobOver(
        "failed",
        f"The sandbox was lost {number} times while this job ran, the last time because {gone}.",
        advice="Ask again, for less at once if the work needs a lot of memory.",
    )


async def write_down(context: JobContext, gone: SandboxGone) -> None:
    sandbox_id = context.job.sandbox_id
    snapshot = await context.services.backend.exit_snapshot(sandbox_id) if sandbox_id else None
    if sandbox_id:
        await context.services.sandbox_times.end(sandbox_id)
    log.warning("a sandbox was lost", sandbox=sandbox_id, problem=str(gone), left=snapshot)
    async with await SessionState.open(context.services.database, context.session.id) as state:
        seen = await state.last_position(context.job.id)
    lost: list[dict[str, Any]] = msgspec.to_builtins([*context.lost, LostSandbox(sandbox_id or "", str(gone), snapshot, seen)])
    await context.remember(lost=lost)
    await context.add_notes("The sandbox was lost in mid-work; the job went on in another one.")
    await context.services.jobs.update(context.job.id, sandbox_id=None)
