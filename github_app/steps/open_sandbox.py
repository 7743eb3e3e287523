"""Open the sandbox: from the session's snapshot when there is one, else from the base."""

from __future__ import annotations

import time
from dataclasses import replace

import structlog

from github_app.work import Work
from sandbox.protocol import Sandbox, SandboxSpec, SnapshotGone
from state.sandbox_times import SandboxTime

log = structlog.get_logger()

# Beside the agent's own time: waiting for GitHub and cloning before it, collecting and the snapshot after it.
MINUTES_AROUND_THE_AGENT = 60


async def open_sandbox(work: Work) -> None:
    harvest, session, snapshot = work.harvest, work.session, work.snapshot_to_start_from
    seconds = round((harvest.settings.job_minutes + MINUTES_AROUND_THE_AGENT) * 60)
    spec = SandboxSpec(
        name=work.sandbox_name,
        session=session.id,
        tags={"service": "harvest", "job": work.job.id, "session": session.id, "number": str(len(work.lost) + 1)},
        snapshot_id=snapshot,
        timeout_seconds=seconds,
        egress=harvest.egress.at_first(),
    )
    try:
        sandbox = await create(work, spec)
    except SnapshotGone as problem:
        log.warning("starting without the snapshot", snapshot=snapshot, problem=str(problem))
        await work.add_notes("The session's snapshot was gone, so this started from a fresh sandbox.")
        snapshot = None
        sandbox = await create(work, replace(spec, snapshot_id=None))
    await harvest.jobs.update(work.job.id, sandbox_id=sandbox.id)
    await work.remember(started_from=sandbox.started_from, snapshot=snapshot, sandbox_ends_at=time.time() + seconds)


async def create(work: Work, spec: SandboxSpec) -> Sandbox:
    """A sandbox of this job, or the one that an earlier try made; from now on its time is the job's."""
    sandbox = await work.harvest.backend.create(spec)
    await work.harvest.sandbox_times.begin(
        SandboxTime(
            sandbox_id=sandbox.id,
            job_id=work.job.id,
            backend=work.harvest.backend.name,
            purpose="job",
            cpu=spec.cpu,
            memory_mib=spec.memory_mib,
            started_at=sandbox.created_at,
            ends_by=sandbox.created_at + spec.timeout_seconds,
        )
    )
    return sandbox
