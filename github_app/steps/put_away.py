"""Put away: the sandbox's state is kept for the next job of the session, and the sandbox is gone."""

from __future__ import annotations

import asyncio
import shutil

import structlog

from github_app.work import Work
from sandbox.git_credentials import remove_credentials
from sandbox.protocol import SandboxError, SandboxGone, SandboxUnavailable

log = structlog.get_logger()


async def put_away(work: Work) -> None:
    harvest = work.harvest
    kept = await kept_snapshot(work)
    if kept is not None:
        await go_on_from(work, kept)
    await harvest.jobs.update(work.job.id, sandbox_id=None)
    await asyncio.to_thread(shutil.rmtree, work.folder, ignore_errors=True)


async def kept_snapshot(work: Work) -> str | None:
    """A snapshot of the job's sandbox, which is gone afterwards: of what it left when it ended by itself. None when there was
    nothing to keep, or nothing could be kept: the session's last snapshot stays."""
    backend, sandbox_id = work.harvest.backend, work.job.sandbox_id
    prepared = "start_sha" in work.job.detail
    if sandbox_id is None:  # the last one was lost, if there ever was one
        return work.lost[-1].snapshot if work.lost and prepared else None
    try:
        sandbox = await work.sandbox()
        await remove_credentials(sandbox)
        snapshot = await sandbox.snapshot() if prepared else None
        await sandbox.terminate()
        return snapshot
    except SandboxGone:
        log.info("the sandbox was gone already")
        return await backend.exit_snapshot(sandbox_id) if prepared else None
    except SandboxUnavailable:
        raise  # patience: it may still be there
    except SandboxError as problem:
        # The reconciler ends what is left of the sandbox.
        log.warning("the sandbox could not be put away", error=str(problem))
        return None


async def go_on_from(work: Work, snapshot: str) -> None:
    """The session goes on from this snapshot; the one before it, and what it did not hold yet, are forgotten."""
    before = work.session.snapshot_id
    await work.harvest.sessions.update(work.session.id, snapshot_id=snapshot)
    if before is not None and before != snapshot:
        await work.harvest.backend.delete_snapshot(before)
    await asyncio.to_thread(work.saved_commits.unlink, missing_ok=True)
