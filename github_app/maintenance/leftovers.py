"""What a crash can leave behind on our side: sandboxes that no job needs, jobs whose end nobody was told, and requests to the
model that nobody waits for."""

from __future__ import annotations

import time

import structlog

from github_app.jobs.lost_sandbox import LOSE_SANDBOX
from github_app.jobs.runner import give_up, place_in_the_log
from github_app.jobs.services import Services
from sandbox.protocol import SandboxGone, SandboxSummary

log = structlog.get_logger()

# A sandbox is there a moment before its job's row says so.
NEW_SANDBOX_SECONDS = 60


async def end_leftover_sandboxes(services: Services) -> int:
    """End sandboxes in which no job is at work (any more) and no image is built, and which wait for no job; gives their
    number. Those that have ended by themselves run up no more time from now on."""
    # Before the list: one that a job takes in between carries that job's tags there.
    waiting = {standby.sandbox_id for standby in await services.standbys.all()}
    living = await services.backend.list({"service": "harvest"})
    await stop_the_clock_of_vanished(services, {each.id for each in living})
    found = [each for each in living if old_enough(each.created_at)]
    claims = {warm.sandbox_id: warm.claimed_by for warm in await services.warm.all()}
    jobs = {each.id: each.tags.get("job") or claims.get(each.id) or "" for each in found}
    states = await services.engine.states(list(jobs.values()))
    builders = await services.images.builders()
    ended = 0
    for each in found:
        waits = each.id in claims and claims[each.id] is None
        if waits or each.id in waiting or each.tags.get("builder") in builders:
            continue
        if states.get(jobs[each.id]) in ("queued", "running") and not await was_lost(services, each, jobs[each.id]):
            continue
        try:
            await (await services.backend.attach(each.id)).terminate()
        except SandboxGone:
            continue
        await services.sandbox_times.end(each.id)
        log.warning("ended a leftover sandbox", sandbox=each.id, tags=dict(each.tags))
        ended += 1
    return ended


async def was_lost(services: Services, sandbox: SandboxSummary, job_id: str) -> bool:
    """Whether its job has given it up for lost and gone on in another one."""
    lost = [row for row in await services.job_steps.of_job(job_id) if row.step == LOSE_SANDBOX]
    return int(sandbox.tags.get("number", "1")) <= len(lost)


async def stop_the_clock_of_vanished(services: Services, living: set[str]) -> None:
    """A sandbox that its backend lists no more has ended since the last look, or at its own time limit if that was before."""
    for each in await services.sandbox_times.running(services.backend.name):
        if each.sandbox_id not in living and old_enough(each.started_at):
            await services.sandbox_times.end(each.sandbox_id)


def old_enough(created_at: float) -> bool:
    return time.time() - created_at > NEW_SANDBOX_SECONDS


async def give_up_stranded_jobs(services: Services) -> int:
    """End jobs that the engine is done with but whose thread never got its answer; gives their number."""
    unfinished = await services.jobs.unfinished()
    states = await services.engine.states([job.id for job in unfinished])
    stranded = [job for job in unfinished if states.get(job.id) == "ended"]
    for job in stranded:
        with structlog.contextvars.bound_contextvars(**await place_in_the_log(services, job.id)):
            log.warning("a job was left without an end")
            await give_up(services, job.id, RuntimeError("it ended without a word"))
    return len(stranded)


async def settle_requests_of_the_dead(services: Services) -> int:
    """Count the requests to the model that another node left under way when it died; gives their number. What this machine's
    own service left is counted when it starts."""
    return await services.usage.settle_left_behind() if services.database.dialect == "postgresql" else 0
