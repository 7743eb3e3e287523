"""Put away: the sandbox's state is kept for the next job of the session, and the sandbox is gone."""

from __future__ import annotations

import asyncio
import shutil

import structlog

from github_app.work import Work
from sandbox.git_credentials import remove_credentials
from sandbox.protocol import Sandbox, SandboxError, SandboxGone, SandboxUnavailable

log = structlog.get_logger()


async def put_away(work: Work) -> None:
    harvest, sandbox_id = work.harvest, work.job.sandbox_id
    try:
        if sandbox_id is not None:
            await end_sandbox(work, await work.sandbox())
        elif work.lost:
            await go_on_from(work, work.lost[-1].snapshot)
    except SandboxGone:
        log.info("the sandbox was gone already")
        await harvest.sandbox_times.end(sandbox_id or "")
        await go_on_from(work, await harvest.backend.exit_snapshot(sandbox_id or ""))
    except SandboxUnavailable:
        raise  # patience: it may still be there
    except SandboxError as problem:
        # The last snapshot stays the session's; the reconciler ends what is left of the sandbox.
        log.warning("the sandbox could not be put away", error=str(problem))
    await harvest.jobs.update(work.job.id, sandbox_id=None)
    await asyncio.to_thread(shutil.rmtree, work.folder, ignore_errors=True)


async def end_sandbox(work: Work, sandbox: Sandbox) -> None:
    """The snapshot is the session's before the sandbox ends: a crash between the two loses nothing. Where none can be taken
    the sandbox ends all the same, and what it leaves then stands in for it."""
    snapshot = await last_snapshot(sandbox) if prepared(work) else None
    await go_on_from(work, snapshot)
    await sandbox.terminate()
    await work.harvest.sandbox_times.end(sandbox.id)
    if snapshot is None and prepared(work):
        await go_on_from(work, await work.harvest.backend.exit_snapshot(sandbox.id))


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


async def go_on_from(work: Work, snapshot: str | None) -> None:
    """The session goes on from this snapshot; the one before it, and what it did not hold yet, are forgotten. Without one, or
    of a sandbox that the repository never came to, the last one stays."""
    if snapshot is None or not prepared(work):
        return
    before = work.session.snapshot_id
    await work.harvest.sessions.update(work.session.id, snapshot_id=snapshot)
    if before is not None and before != snapshot:
        await work.harvest.backend.delete_snapshot(before)
    if "left" not in work.job.detail:  # those of half-done work are the next job's to go on from
        await asyncio.to_thread(work.saved_commits.unlink, missing_ok=True)


def prepared(work: Work) -> bool:
    """Whether the repository was ever in the job's sandbox: before that there is nothing to keep."""
    return "start_sha" in work.job.detail
