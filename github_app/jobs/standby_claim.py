"""A follow-up takes the sandbox of its session's standby, if one waits for it: with its files as they were left, and an agent
that was started already.

One that was begun otherwise than the job would begin is ended: when the job is over, the session's files are others.
"""

from __future__ import annotations

import time
from contextlib import suppress

import structlog

from github_app.jobs.agent.waiting import begun_as, run_that_waits
from github_app.jobs.context import JobContext
from github_app.jobs.results import WaitingAgent
from github_app.jobs.services import Services
from sandbox import run, run_start
from sandbox.protocol import Sandbox, SandboxError, SandboxGone, SandboxSpec, SandboxUnavailable
from sandbox.secret import Secret
from state.holding import must_be_ours
from state.standbys import Standby

log = structlog.get_logger()

# Who goes on later waits for a sandbox and the CLI.
STANDBY_SECONDS = 10 * 60.0


async def take_standby(context: JobContext, spec: SandboxSpec) -> tuple[Sandbox, WaitingAgent] | None:
    """None when none waits that is as good as a new one. On any but the first try the job may have a sandbox by now."""
    services = context.services
    if spec.snapshot_id is None or context.lost or not context.first_try:
        return None
    standby = await services.standbys.of_session(context.session.id)
    if standby is None:
        return None
    await must_be_ours()
    try:
        if (why := await why_it_is_of_no_use(context, spec, standby)) is not None:
            log.info("a standby is of no use", sandbox=standby.sandbox_id, why=why)
            await end_standby(services, standby)
            return None
        # Its tags first: what has neither a row nor a job would be ended as a leftover.
        sandbox = await services.backend.hand_over(standby.sandbox_id, spec.tags)
        if not await services.standbys.take(standby.sandbox_id):
            return None
    except SandboxUnavailable:
        raise
    except SandboxError as problem:
        log.warning("a standby has died", sandbox=standby.sandbox_id, problem=str(problem))
        return None
    log.info("the job goes on in a standby", sandbox=standby.sandbox_id)
    return sandbox, WaitingAgent(standby.run_id, standby.token_sha256)


async def why_it_is_of_no_use(context: JobContext, spec: SandboxSpec, standby: Standby) -> str | None:
    """None where its sandbox lives, its agent has not ended nor done anything by itself, and both were begun as they would be
    now."""
    if context.services.settings.model_access != "gateway":
        return "agents have the model's key by now"
    if not is_young(standby):  # nobody has looked for long: a machine that slept, say
        return "it has waited for too long"
    try:
        sandbox = await context.services.backend.attach(standby.sandbox_id)
        if await run_start.standing(sandbox, standby.run_id) != "waits":
            return "its agent does not wait"
        if await run.outcome(sandbox, standby.run_id) is not None:
            return "its agent has ended"
        if not await run_start.has_said_nothing(sandbox, standby.run_id):
            return "its agent has said something unasked"
        wanted, _ = await run_that_waits(context, sandbox, Secret(""))
    except SandboxGone:
        return "its sandbox has ended"
    if begun_as(context, spec, wanted) != standby.begun_as:
        return "its repository, snapshot, image, network, command line, limits or supervisor would be others by now"
    return None


def is_young(standby: Standby) -> bool:
    """Whether its sandbox has all the time still that a job may take."""
    return time.time() - standby.created_at < STANDBY_SECONDS


async def end_standby(services: Services, standby: Standby) -> bool:
    """False when a job was faster to take it, or somebody else to end it."""
    if not await services.standbys.take(standby.sandbox_id):
        return False
    await end_its_sandbox(services, standby.sandbox_id)
    return True


async def give_up_a_standby(services: Services) -> None:
    """End the one that has waited longest: somebody who does not only wait needs its place."""
    for oldest in (await services.standbys.all())[:1]:
        log.info("a standby makes room", sandbox=oldest.sandbox_id)
        with suppress(SandboxError):  # a leftover by now, and no reason for the job to end
            await end_standby(services, oldest)


async def end_its_sandbox(services: Services, sandbox_id: str) -> None:
    """End a sandbox that has no row (any more)."""
    with suppress(SandboxGone):  # as wished
        await (await services.backend.attach(sandbox_id)).terminate()
    await services.sandbox_times.end(sandbox_id)
