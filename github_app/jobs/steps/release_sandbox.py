"""Release the sandbox: its state is kept for the next job of the session, and it is gone."""

from __future__ import annotations

import asyncio
import shutil

import structlog

from github_app.jobs.commits import forget_collected
from github_app.jobs.context import JobContext
from github_app.jobs.results import BranchChosen, HalfDoneKept, SandboxReleased, WorkspacePrepared
from github_app.jobs.saved_commits import forget_saved_commits
from github_app.jobs.screenshots import forget_screenshots
from sandbox.git_credentials import remove_credentials
from sandbox.protocol import Sandbox, SandboxError, SandboxGone, SandboxUnavailable
from state.holding import must_be_ours

log = structlog.get_logger()


async def release_sandbox(context: JobContext) -> SandboxReleased:
    services, sandbox_id = context.services, context.sandbox_id
    snapshot = None
    try:
        if sandbox_id is not None:
            snapshot = await end_sandbox(context, await context.sandbox())
        elif context.lost:
            snapshot = await go_on_from(context, context.lost[-1].snapshot)
    except SandboxGone:
        log.info("the sandbox was gone already")
        await services.sandbox_times.end(sandbox_id or "")
        snapshot = await go_on_from(context, await services.backend.exit_snapshot(sandbox_id or ""))
    except SandboxUnavailable:
        raise  # patience: it may still be there
    except SandboxError as problem:
        # The last snapshot stays the session's; a later look ends what is left of the sandbox.
        log.warning("the sandbox could not be released", error=str(problem))
    await forget_collected(context)
    await forget_screenshots(context)
    await asyncio.to_thread(shutil.rmtree, context.folder, ignore_errors=True)
    return SandboxReleased(snapshot=snapshot)


async def end_sandbox(context: JobContext, sandbox: Sandbox) -> str | None:
    """The snapshot is the session's before the sandbox ends: a crash between the two loses nothing. Where none can be taken
    the sandbox ends all the same, and what it leaves then stands in for it."""
    snapshot = await last_snapshot(sandbox) if prepared(context) else None
    await go_on_from(context, snapshot)
    await must_be_ours()
    await sandbox.terminate()
    await context.services.sandbox_times.end(sandbox.id)
    if snapshot is None and prepared(context):
        snapshot = await go_on_from(context, await context.services.backend.exit_snapshot(sandbox.id))
    return snapshot


async def last_snapshot(sandbox: Sandbox) -> str | None:
    """The sandbox as it is, but for its credentials; None when no snapshot can be taken."""
    await must_be_ours()
    try:
        await remove_credentials(sandbox)
        return await sandbox.snapshot()
    except (SandboxGone, SandboxUnavailable):
        raise
    except SandboxError as problem:
        log.warning("no snapshot could be taken", error=str(problem))
        return None


async def go_on_from(context: JobContext, snapshot: str | None) -> str | None:
    """The session goes on from this snapshot; the one before it, and what it did not hold yet, are forgotten. Without one, or
    of a sandbox that the repository never came to, the last one stays. Gives the snapshot if it counts."""
    if snapshot is None or not prepared(context):
        return None
    before = context.session.snapshot_id
    await context.services.sessions.update(context.session.id, snapshot_id=snapshot)
    if before is not None and before != snapshot:
        await context.services.backend.delete_snapshot(before)
    kept = context.latest(HalfDoneKept)
    to_read = (chosen := context.latest(BranchChosen)) is not None and chosen.to_read
    if not to_read and (kept is None or kept.left is None):  # those of half-done work are the next job's to go on from
        await forget_saved_commits(context)
    return snapshot


def prepared(context: JobContext) -> bool:
    """Whether the repository was ever in the job's sandbox: before that there is nothing to keep."""
    return context.latest(WorkspacePrepared) is not None
