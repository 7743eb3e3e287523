"""Put away: the sandbox's state is kept for the next job of the session, and the sandbox is gone."""

from __future__ import annotations

import asyncio
import shutil

import structlog

from github_app.work import Work
from sandbox.git_credentials import remove_credentials
from sandbox.protocol import SandboxError, SandboxGone

log = structlog.get_logger()


async def put_away(work: Work) -> None:
    harvest, session = work.harvest, work.session
    if work.job.sandbox_id is not None:
        try:
            sandbox = await work.sandbox()
            await remove_credentials(sandbox)
            if "start_sha" in work.job.detail:
                await keep_snapshot(work, await sandbox.snapshot(), session.snapshot_id)
            await sandbox.terminate()
        except SandboxGone:
            log.info("the sandbox was gone already")
        except SandboxError as problem:
            # The last snapshot stays the session's; the reconciler ends what is left of the sandbox.
            log.warning("the sandbox could not be put away", error=str(problem))
        await harvest.jobs.update(work.job.id, sandbox_id=None)
    await asyncio.to_thread(shutil.rmtree, work.folder, ignore_errors=True)


async def keep_snapshot(work: Work, new: str, old: str | None) -> None:
    """The session goes on from the new snapshot; the one before it is forgotten."""
    await work.harvest.sessions.update(work.session.id, snapshot_id=new)
    if old is not None and old != new:
        await work.harvest.backend.delete_snapshot(old)
