"""The durable engine behind one small face: jobs run once each, in order in a session, within caps, and go on after a crash
from the last step that finished. Nothing else in Harvest knows that it is DBOS, which is imported when it is used.

A step whose result was not stored before a crash runs again, so every step must be repeatable. One engine can run in a
process at a time.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

from state.database import Database, is_away
from state.executors import DEAD_AFTER_SECONDS, Executors
from state.jobs import Jobs
from state.records import from_plain, returned_type, to_plain
from state.shutdown import Shutdown

if TYPE_CHECKING:
    from state.workflows import FailureHook, JobFunction, JobWorkflows

P = ParamSpec("P")
T = TypeVar("T")
EngineState = Literal["queued", "running", "ended", "broken"]

log = logging.getLogger(__name__)

# A job waits half of this, on average, in each of its two queues before it starts. Looking twice as often would double what
# an idle Harvest costs.
POLLING_SECONDS = 0.2
PURGE_ROWS = 500
# A step that the database kept from ending is run again this much later, then twice as late each time.
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# DBOS itself waits for its database for ever.
ANSWER_SECONDS = 5


class EngineNotRunning(Exception):
    """The engine was not started, or has stopped."""


class Engine:
    """Runs jobs durably: `register` the job's function, `start`, `submit` jobs, `stop`.

    `installation_cap` and `total_cap` are how many jobs run at the same time, for one installation and in all.
    """

    def __init__(
        self,
        database: Database,
        *,
        installation_cap: int,
        total_cap: int,
        polling_seconds: float = POLLING_SECONDS,
        dead_after_seconds: float = DEAD_AFTER_SECONDS,
    ) -> None:
        self._database = database
        self._jobs = Jobs(database)
        self._installation_cap = installation_cap
        self._total_cap = total_cap
        self._polling_seconds = polling_seconds
        self._executors = Executors(database, executor_id(database), dead_after_seconds=dead_after_seconds)
        self._registered: tuple[JobFunction, FailureHook] | None = None
        self._workflows: JobWorkflows | None = None
        self._perhaps_dropped: set[str] = set()
        self._shutdown = Shutdown()
        self._heart: asyncio.Task[None] | None = None

    @property
    def stopping(self) -> bool:
        """True from the moment that `stop` was called."""
        return self._shutdown.begun

    def register(self, job: JobFunction, *, on_failure: FailureHook) -> None:
        """Name the function that carries out a job, before `start`. Both get the job's id.

        `on_failure` is told when the job raised what it should have handled, or took the process down time and again; it
        must be repeatable, and is tried for minutes until it succeeds.
        """
        self._registered = job, on_failure

    async def start(self) -> None:
        """Begin, and go on with what an earlier process left behind, jobs that it added and came not to submit included.
        Blocks the loop for about a second."""
        if self._registered is None:
            raise EngineNotRunning("the engine was started before the job's function was registered")
        from dbos import DBOS

        from state.dbos_setup import configuration, quiet_logging
        from state.workflows import JobWorkflows, register_queues

        quiet_logging()
        DBOS(config=configuration(self._database, self._executors.me))
        workflows = JobWorkflows(*self._registered, self._shutdown)
        DBOS.launch()  # on the loop's own thread: jobs then run on this loop
        await register_queues(
            installation_cap=self._installation_cap, total_cap=self._total_cap, polling_seconds=self._polling_seconds
        )
        if self._database.dialect == "postgresql":
            self._heart = asyncio.create_task(self._stay_alive(), name="engine heartbeat")
        self._workflows = workflows
        for job in await self._jobs.unfinished():
            await self.submit(job.id)

    async def stop(self) -> None:
        """Stop at once. Running steps are cancelled, and their jobs go on at the next start."""
        if self._workflows is None:
            return
        from dbos import DBOS

        self._workflows = None
        await self._shutdown.begin()
        # DBOS has made its threads the loop's own, and takes them along.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(thread_name_prefix="harvest"))
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        if self._heart:
            await self._executors.leave()

    async def submit(self, job_id: str) -> None:
        """Put a job that was added to `Jobs` in its session's queue; one that was ever submitted is left as it is.

        Returns once that is stored. A session's jobs run in the order in which they were added, even if submitted in
        another. Raises EngineNotRunning, and KeyError for a job that was not added.
        """
        if self._workflows is None:
            raise EngineNotRunning(f"job {job_id} was not submitted: the engine is not running")
        await self._workflows.enqueue(await self._jobs.get(job_id))

    async def step(self, name: str, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a step of a job. Once it has returned or raised, that is stored, and a replay gives the same.

        What it returns is JSON types, dataclasses or msgspec Structs, as its annotation says. A job's steps run one after
        the other, and new ones are added behind the existing ones: a replay goes by their order. What Harvest's own database
        keeps from ending while it is away is run again. While the engine stops, whatever a step raises becomes a
        cancellation. Raises RuntimeError outside a job and inside another step.
        """
        from dbos import DBOS

        if DBOS.workflow_id is None or DBOS.step_id is not None:
            raise RuntimeError(f"the step {name!r} was called outside a job, or inside another step")
        shape = returned_type(function)

        async def run() -> Any:
            result = await self._while_the_database_is_away(name, lambda: function(*args, **kwargs))
            plain = to_plain(result)
            if shape is Any and plain != result:
                raise TypeError(f"the step {name!r} returned a {type(result).__name__}: annotate what it returns")
            return plain

        returned: T = from_plain(await DBOS.run_step_async({"name": name}, run), shape)
        return returned

    async def _while_the_database_is_away(self, name: str, function: Callable[[], Awaitable[T]]) -> T:
        """Run a step's function again and again for as long as our own database keeps it from ending."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            with self._shutdown.cancels():
                try:
                    return await function()
                except Exception as error:
                    if not is_away(error):
                        raise
                    log.warning("the step %r is tried again in %g s: %s", name, pause, error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def take_up_dropped(self) -> int:
        """Put jobs back into their queues that this process holds and nobody in it carries out: the database would not take
        what they had to store. They go on from the last step that was stored. Gives their number.

        To be called every now and then: only what two looks in a row find dropped is, for a job is held a moment before it
        is begun.
        """
        if self._workflows is None:
            return 0
        from state.workflows import held_by, put_back

        held = await held_by(self._executors.me)
        dropped = {each: queue for each, queue in held.items() if each not in self._workflows.at_work}
        for_certain = {each: queue for each, queue in dropped.items() if each in self._perhaps_dropped}
        await put_back(for_certain)
        self._perhaps_dropped = dropped.keys() - for_certain.keys()
        return len(for_certain)

    async def states(self, job_ids: Sequence[str]) -> dict[str, EngineState]:
        """How the engine sees these jobs; those it doesn't know are left out. "broken" is a job whose failure nobody could
        be told of."""
        from dbos import DBOS

        from state.workflows import INNER_SUFFIX

        ids = [*job_ids, *(job_id + INNER_SUFFIX for job_id in job_ids)]
        found = await DBOS.list_workflows_async(workflow_ids=ids, load_input=False, load_output=False)
        status = {workflow.workflow_id: workflow.status for workflow in found}
        known = (job_id for job_id in job_ids if job_id in status)
        return {job_id: state_of(status[job_id], status.get(job_id + INNER_SUFFIX)) for job_id in known}

    async def alive(self) -> bool:
        """True when jobs can be submitted and the engine's database answers."""
        if self._workflows is None:
            return False
        from dbos import DBOS

        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await DBOS.list_workflows_async(limit=1, load_input=False, load_output=False)
        except Exception:
            log.exception("the engine's database does not answer")
            return False
        return True

    async def purge(self, *, older_than_days: float) -> int:
        """Forget how jobs that ended longer ago were carried out; gives their number."""
        from dbos import DBOS

        from state.workflows import OUTER

        before = datetime.fromtimestamp(time.time() - older_than_days * 86_400, UTC).isoformat()
        purged = 0
        while old := await DBOS.list_workflows_async(
            name=OUTER, completed_before=before, limit=PURGE_ROWS, load_input=False, load_output=False
        ):
            await DBOS.delete_workflows_async([workflow.workflow_id for workflow in old], delete_children=True)
            purged += len(old)
        return purged

    async def _stay_alive(self) -> None:
        """Say that this process lives, and take over the jobs of those that don't."""
        from state.workflows import take_over

        with self._shutdown.waits():
            while True:
                try:
                    await self._executors.beat()
                    await self._executors.bury_the_dead(take_over)
                except Exception:
                    log.exception("the heartbeat failed: other processes may take over the jobs of this one")
                await asyncio.sleep(self._executors.beat_seconds)


def executor_id(database: Database) -> str:
    """On SQLite, a name for whoever has the state directory, so that a restart finds its own jobs. On Postgres, a name for
    this process alone: two of one name would run the same jobs."""
    if database.dialect == "sqlite":
        return "harvest"
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def state_of(outer: str, inner: str | None) -> EngineState:
    """A job's state from its workflows' statuses (https://docs.dbos.dev/python/reference/workflow_handles)."""
    match outer:
        case "SUCCESS":
            return "ended"
        case "PENDING" if inner not in (None, "ENQUEUED"):
            return "running"
        case "PENDING" | "ENQUEUED":
            return "queued"
        case _:
            return "broken"
