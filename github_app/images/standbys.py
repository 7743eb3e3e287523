"""Keeps agents ready for the sessions that were worked on last: who has read what an agent did often goes on within minutes.

When a job is over, its session's next sandbox is made at once, and the CLI is started in it, which waits. A follow-up then
begins without the time that both take (`github_app/jobs/standby_claim.py`). One that nobody wants is ended after a while, and
with the process that made it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from github_app.domain.sandbox_time import time_of
from github_app.jobs.agent.access import digest_of, new_token
from github_app.jobs.agent.waiting import begun_as, run_that_waits
from github_app.jobs.context import JobContext
from github_app.jobs.results import AgentRan, BranchChosen, WorkspacePrepared
from github_app.jobs.services import Services
from github_app.jobs.standby_claim import STANDBY_SECONDS, end_its_sandbox, end_standby, is_young
from github_app.jobs.steps.open_sandbox import job_seconds
from sandbox import run_start
from sandbox.conversation import make_home
from sandbox.protocol import PlaceTaken, Sandbox, SandboxError, SandboxSpec
from sandbox.repository import open_repository
from sandbox.time_limit import TimeLimit
from sandbox.workspace import refs_written
from state.sessions import Session
from state.standbys import Standby

log = structlog.get_logger()

# Nobody has read what an agent did that soon; and of jobs that are over one after the other only the last ones count.
QUIET_SECONDS = 1.0
# It is in the database a moment after its sandbox was made, and taken a moment before it is a job's.
MARGIN_SECONDS = 5 * 60
# At the end of the service: what has not ended by then is ended as a leftover, or by its own time.
END_SECONDS = 5.0


class StandbyKeeper:
    """`begin` it before any job, `wake` it when one is over, and `run` it beside all else."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._over: dict[str, None] = {}
        self._woken = asyncio.Event()
        self._made: set[str] = set()

    async def begin(self) -> None:
        """End what an earlier life of this process left on this machine: a service manager may have ended what was in it."""
        if self._services.settings.sandbox == "local":
            await end_all(self._services, await self._services.standbys.all())

    def wake(self, job_id: str) -> None:
        """This job is over."""
        if self._services.settings.standbys_kept:
            self._over[job_id] = None
            self._woken.set()

    async def run(self) -> None:
        """Make a standby whenever a job is over. Ends only by cancellation, and ends then what it has made."""
        try:
            while True:
                await self._until_all_is_quiet()
                while self._over and not self._woken.is_set():
                    job_id, _ = self._over.popitem()  # the last one first: it is what people look at
                    await self._make(job_id)
        finally:
            with suppress(TimeoutError):
                async with TimeLimit(END_SECONDS):
                    mine = [one for one in await self._services.standbys.all() if one.sandbox_id in self._made]
                    await end_all(self._services, mine)

    async def _until_all_is_quiet(self) -> None:
        """Wait for a job to be over, and then for a second in which no other one ends. Of several that were, keep the last."""
        await self._woken.wait()
        while self._woken.is_set():
            self._woken.clear()
            await asyncio.sleep(QUIET_SECONDS)
        for job_id in list(self._over)[: -self._services.settings.standbys_kept]:
            del self._over[job_id]

    async def _make(self, job_id: str) -> None:
        """Nobody is kept waiting for it, and nothing is lost without it."""
        try:
            self._made &= {one.sandbox_id for one in await self._services.standbys.all()}
            if (made := await make_standby(self._services, job_id, note=self._made.add)) is not None:
                log.info("a standby waits", sandbox=made, job=job_id)
        except SandboxError as problem:
            log.info("no standby", job=job_id, problem=str(problem))
        except Exception:
            log.exception("no standby", job=job_id)


async def make_standby(services: Services, job_id: str, note: Callable[[str], None]) -> str | None:
    """Have the session's next sandbox made, with an agent that waits in it; gives its id, which is noted before a row tells
    others of it. None where there is to be none."""
    context = await JobContext.load(services, job_id)
    if not await is_wanted_after(context) or await others_wait(services):
        return None
    row = await services.images.get(context.session.repository_id)
    spec = SandboxSpec(
        name=f"harvest-standby-{secrets.token_hex(8)}",
        session=context.session.id,
        tags={"service": "harvest", "standby": context.session.id},
        snapshot_id=context.session.snapshot_id,
        image_id=row.built.image_id if row is not None and row.built is not None else None,
        timeout_seconds=round(STANDBY_SECONDS + MARGIN_SECONDS) + job_seconds(services.settings),
        egress=context.narrowed.egress.at_first(),
        gives_way=True,
    )
    await make_room(services, context.session.id)
    try:
        sandbox = await services.backend.create(spec)
    except PlaceTaken:
        return None
    note(sandbox.id)
    is_kept = False
    try:
        await services.sandbox_times.begin(time_of(sandbox, spec, backend=services.backend.name, purpose="warm"))
        standby = await begin_to_wait(context, spec, sandbox)
        is_kept = standby is not None and await is_wanted_after(context) and await services.standbys.add(standby)
    except SandboxError:
        if await is_wanted_after(context):  # else a job was faster, and has a sandbox in its place
            raise
    finally:
        if not is_kept:
            await end_its_sandbox(services, sandbox.id)
    return sandbox.id if is_kept else None


async def make_room(services: Services, session_id: str) -> None:
    """End one that the session has from before, and the oldest of the others: with a new one there are not too many."""
    rows = await services.standbys.all()
    others = [one for one in rows if one.session_id != session_id]
    too_many = others[: max(0, len(others) + 1 - services.settings.standbys_kept)]
    await end_all(services, [one for one in rows if one.session_id == session_id or one in too_many])


async def is_wanted_after(context: JobContext) -> bool:
    """Whether the job's session may go on from where this job has left it, and does not yet."""
    services = context.services
    if services.settings.model_access != "gateway" or context.latest(AgentRan) is None:
        return False
    session = await services.sessions.get(context.session.id)
    is_last = (await services.jobs.of_session(session.id))[-1].id == context.job.id
    return is_last and is_open(session) and session.snapshot_id == context.session.snapshot_id


async def others_wait(services: Services) -> bool:
    """Whether other sessions' jobs wait for their turns. There is enough to do then, and a standby would make room for the
    next one before anybody came back to it."""
    unfinished = await services.jobs.unfinished()
    at_work = {job.session_id for job in unfinished if job.state != "queued"}
    before = time.time() - QUIET_SECONDS  # what was asked for later may just begin
    return any(job.session_id not in at_work and job.created_at < before for job in unfinished)


def is_open(session: Session) -> bool:
    """It has something to go on from, and its thread is open."""
    return session.snapshot_id is not None and session.closed_at is None


async def begin_to_wait(context: JobContext, spec: SandboxSpec, sandbox: Sandbox) -> Standby | None:
    """Start an agent there as the session's next job would; None where it would not go on with the conversation."""
    prepared, repository = context.latest(WorkspacePrepared), context.ask.target.repository
    if prepared is None or not await make_home(sandbox, context.session.agent_session_id):
        return None
    chosen = context.found(BranchChosen)
    refs = refs_written(chosen.base_branch, chosen.branch, repository.default_branch, chosen.starts_at)
    opened = await open_repository(sandbox, context.remote_url, repository.size_kb, hidden=prepared.hidden, refs=refs)
    if opened.is_new:
        return None
    await sandbox.stand_by()
    token, run_id = new_token(), f"standby-{secrets.token_hex(8)}"
    waits, given = await run_that_waits(context, sandbox, token)
    await run_start.begin(sandbox, run_id, replace(waits, wait_seconds=STANDBY_SECONDS + MARGIN_SECONDS), given, told=False)
    await run_start.let_start(sandbox, run_id)
    return Standby(
        session_id=context.session.id,
        sandbox_id=sandbox.id,
        snapshot_id=spec.snapshot_id or "",
        run_id=run_id,
        begun_as=begun_as(context, spec, waits),
        token_sha256=digest_of(token),
        created_at=time.time(),
    )


async def end_old_standbys(services: Services) -> int:
    """End those that nobody came to want, or whose session is over or went on without them; gives their number."""
    return await end_all(services, [one for one in await services.standbys.all() if not await is_good(services, one)])


async def is_good(services: Services, one: Standby) -> bool:
    """It has not waited for too long, and its session may go on from what it was started from."""
    session = await services.sessions.get(one.session_id)
    return is_young(one) and is_open(session) and session.snapshot_id == one.snapshot_id


async def end_all(services: Services, those: Sequence[Standby]) -> int:
    """Give the number of those that were ended: jobs may be faster to take them, and what would not end is a leftover now."""
    ended = 0
    for one in those:
        try:
            ended += await end_standby(services, one)
        except SandboxError as problem:
            log.warning("a standby would not end", sandbox=one.sandbox_id, problem=str(problem))
    return ended
