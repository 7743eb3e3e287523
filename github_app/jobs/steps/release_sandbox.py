"""Put away: the sandbox's state is kept for the next job of the session, and the sandbox is gone."""

from __future__ import annotations

import asyncio
import shutil

import structlog

from github_app.jobs.context import JobContext
from sandbox.git_credentials import remove_credentials
from sandbox.protocol import Sandbox, SandboxError, SandboxGone, SandboxUnavailable

log = structlog.get_logger()


async def release_sandbox(context: JobContext) -> None:
    services, sandbox_id = context.services, context.job.sandbox_id
    try:
        if sandbox_id is not None:
            await end_sandbox(context, await context.sandbox())
        elif context.lost:
            await go_on_from(context, context.lost[-1].snapshot)
    except SandboxGone:
        log.info("the sandbox was gone already")
        await services.sandbox_times.end(sandbox_id or "")
        await go_on_from(context, await services.backend.exit_snapshot(sandbox_id or ""))
    except SandboxUnavailable:
        raise  # patience: it may still be there
    except SandboxError as problem:
        # The last snapshot stays the session's; the reconciler ends what is left of the sandbox.
        log.warning("the sandbox could not be put away", error=str(problem))
    await services.jobs.update(context.job.id, sandbox_id=None)
    await asyncio.to_thread(shutil.rmtree, context.folder, ignore_errors=True)


async def end_sandbox(context: JobContext, sandbox: Sandbox) -> None:
    """The snapshot is the session's before the sandbox ends: a crash between the two loses nothing. Where none can be taken
    the sandbox ends all the same, and what it leaves then stands in for it."""
    snapshot = await last_snapshot(sandbox) if prepared(context) else None
    await go_on_from(context, snapshot)
    await sandbox.terminate()
    await context.services.sandbox_times.end(sandbox.id)
    if snapshot is None and prepared(context):
        await go_on_from(context, await context.services.backend.exit_snapshot(sandbox.id))


async def last_snapshot(sandbox: Sandbox) -> str | None:
    """The sandbox as it is, but for its credentials; None when no snapshot can be taken."""
    try:
        await remove_credentials(sandbox)
        return await sandbox.snapshot()
    except (SandboxGone, SandboxUnavailable):
        raise
    except SandboxError as problem:
        log.warning("no snapshot could be taken", error=str(problem))
        return None


async def go_on_from(context: JobContext, snapshot: str | None) -> None:
    """The session goes on from this snapshot; the one before it, and what it did not hold yet, are forgotten. Without one, or
    of a sandbox that the repository never came to, the last one stays."""
    if snapshot is None or not prepared(context):
        return
    before = context.session.snapshot_id
    await context.services.sessions.update(context.session.id, snapshot_id=snapshot)
    if before is not None and before != snapshot:
        await context.services.backend.delete_snapshot(before)
    if "left" not in context.job.detail:  # those of half-done work are the next job's to go on from
        await asyncio.to_thread(context.saved_commits.unlink, missing_ok=True)


def prepared(context: JobContext) -> bool:
    """Whether the repository was ever in the job's sandbox: before that there is nothing to keep."""
    return "start_sha" in context.job.detail
