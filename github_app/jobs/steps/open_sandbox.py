"""Open the sandbox: from the session's snapshot, else from the repository's image, else from the base.

What can't be started from is passed over, which the reply says; how long each attempt took is kept with the job.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile

import structlog

from github_app.domain.ending import JobOver
from github_app.domain.sandbox_time import time_of
from github_app.jobs.context import JobContext
from github_app.jobs.results import Opening, SandboxOpened, WaitingAgent
from github_app.jobs.standby_claim import give_up_a_standby, take_standby
from github_app.jobs.warm_claim import take_warm
from github_app.metrics import OPEN_SECONDS
from github_app.replies import endings, wording
from github_app.settings.operator import Settings
from sandbox.protocol import NoRoom, Sandbox, SandboxSpec, SnapshotGone
from state.holding import must_be_ours
from state.repository_images import BuiltImage

log = structlog.get_logger()

# Beside the agent's own time: waiting for GitHub and cloning before it, collecting and the snapshot after it.
MINUTES_AROUND_THE_AGENT = 60


async def open_sandbox(context: JobContext) -> SandboxOpened:
    if (spent := await context.services.budgets.exhausted(context.accounts)) is not None:
        raise JobOver.of(endings.budget_spent(spent))
    row = await context.services.images.get(context.session.repository_id)
    image = row.built if row is not None else None
    attempts: list[Opening] = []
    choices = list(starts(job_spec(context), context.snapshot_to_start_from, image))
    for spec in choices:
        begun = time.monotonic()
        try:
            sandbox, waiting, ends_by = await open_from(context, spec)
        except SnapshotGone as problem:
            start, _ = spec.start
            log.warning("could not start from it", start=start, problem=str(problem))
            attempts.append(Opening(start, seconds_since(begun), str(problem)))
            continue
        attempts.append(Opening(sandbox.started_from, seconds_since(begun)))
        break
    OPEN_SECONDS.labels(sandbox.started_from).observe(time.monotonic() - begun)
    # Also what an earlier try had passed over, before it came to write that down.
    notes = [await pass_over(context, better) for better in takewhile(lambda each: not began_from(sandbox, each), choices)]
    from_image = image if sandbox.started_from == "image" else None
    if from_image is not None and not from_image.complete:
        notes.append(wording.image_incomplete([step.command for step in from_image.set_up if step.problem]))
    return SandboxOpened(
        sandbox_id=sandbox.id,
        started_from=sandbox.started_from,
        snapshot=context.snapshot_to_start_from if sandbox.started_from == "snapshot" else None,
        ends_at=ends_by,
        attempts=tuple(attempts),
        installed=tuple(step.because_of for step in from_image.set_up if not step.problem) if from_image else (),
        waiting=waiting,
        notes=tuple(notes),
    )


def job_spec(context: JobContext) -> SandboxSpec:
    """The job's sandbox, whatever it starts from."""
    number = str(len(context.lost) + 1)
    return SandboxSpec(
        name=context.sandbox_name,
        session=context.session.id,
        tags={"service": "harvest", "job": context.job.id, "session": context.session.id, "number": number},
        timeout_seconds=job_seconds(context.services.settings),
        egress=context.narrowed.egress.at_first(),
    )


def job_seconds(settings: Settings) -> int:
    """How long a job needs its sandbox at most."""
    return round((settings.job_minutes + MINUTES_AROUND_THE_AGENT) * 60)


def starts(spec: SandboxSpec, snapshot_id: str | None, image: BuiltImage | None) -> Iterator[SandboxSpec]:
    """What it may start from, the best first; the base is always there, and never a SnapshotGone."""
    if snapshot_id is not None:
        yield replace(spec, snapshot_id=snapshot_id, image_id=image.image_id if image is not None else None)
    if image is not None:
        yield replace(spec, image_id=image.image_id)
    yield spec


async def open_from(context: JobContext, spec: SandboxSpec) -> tuple[Sandbox, WaitingAgent | None, float]:
    """A standby's sandbox, a warm one, a new one, or the one that an earlier try made; the agent that waits in it; and when it
    ends at the latest (seconds since the epoch). From now on its time is the job's. Raises SnapshotGone when it can't start
    from that, SandboxGone, or SandboxError."""
    services = context.services
    standby = await take_standby(context, spec)
    sandbox, waiting = standby or (await take_warm(context, spec), None)
    if sandbox is None:
        await must_be_ours()
        try:
            sandbox = await services.backend.create(spec)
        except NoRoom:
            await give_up_a_standby(services)  # the next try is seconds away, and a standby's own end may be minutes
            raise
    begun = time_of(sandbox, spec, backend=services.backend.name, purpose="job", job_id=context.job.id)
    return sandbox, waiting, (await services.sandbox_times.begin(begun)).ends_by


def began_from(sandbox: Sandbox, spec: SandboxSpec) -> bool:
    start, _ = spec.start
    return sandbox.started_from == start


async def pass_over(context: JobContext, spec: SandboxSpec) -> str:
    """Go on without that snapshot or image; gives the sentence that lets it be known."""
    if spec.snapshot_id is not None:
        return wording.snapshot_gone()
    if spec.image_id is not None:
        await context.services.images.forget_image(context.session.repository_id, spec.image_id)
    return wording.image_gone()


def seconds_since(begun: float) -> float:
    return round(time.monotonic() - begun, 3)
