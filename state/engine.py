"""The durable engine behind one small face: jobs run once each, in order in a session, within caps, and go on after a crash
from the last step that finished. Nothing else in Harvest knows that DBOS stores the steps; it is imported when it is used.

Whose turn it is, is given by state/turns.py; the jobs of a process that is gone are taken over by state/heartbeat.py. A step
whose result was not stored before a crash runs again, so every step must be repeatable. One engine can run in a process at a
time.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

from state.database import Database, is_away
from state.executors import DEAD_AFTER_SECONDS, Executors, NotAlone
from state.heartbeat import Heartbeat
from state.holding import Check, MovedOn, held_by
from state.jobs import JobGivenUp, Jobs
from state.queue import Caps, JobQueue
from state.serializers import from_plain, returned_type, to_plain
from state.shutdown import Shutdown
from state.turns import LOOK_SECONDS, Turns

if TYPE_CHECKING:
    from state.workflows import JobWorkflow

P = ParamSpec("P")
T = TypeVar("T")
JobFunction = Callable[[str], Awaitable[None]]
FailureHook = Callable[[str, Exception], Awaitable[None]]
OverHook = Callable[[str], None]
EngineState = Literal["queued", "running", "ended"]

log = logging.getLogger(__name__)

FORGET_ROWS = 500
# A step that the database kept from ending is run again this much later, then twice as late each time.
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# Times that the process may end, for whatever reason, while a job is in one and the same step. After that the job is taken for
# what ends it. What does that does it soon: ends that are further apart than this are not put down to the job.
STEP_ATTEMPTS = 20
FORGET_ATTEMPTS_SECONDS = 600.0
# Whoever stops Harvest waits for this; what is not written down by then costs a job one of its attempts.
EXCUSE_SECONDS = 1.0


class EngineNotRunning(Exception):
    """The engine was not started, or has stopped."""


class Engine:
    """Runs jobs durably: `register` the job's function, `start`, `submit` jobs, `stop`.

    `installation_cap` and `total_cap` are how many jobs run at the same time, for one installation and in all. `alone` when
    nobody else could go on with its jobs.
    """

    def __init__(
        self,
        database: Database,
        *,
        installation_cap: int,
        total_cap: int,
        look_seconds: float = LOOK_SECONDS,
        dead_after_seconds: float = DEAD_AFTER_SECONDS,
        alone: bool = False,
    ) -> None:
        self._database = database
        self._jobs = Jobs(database)
        self._executors = Executors(database, executor_id(database), dead_after_seconds=dead_after_seconds, alone=alone)
        self._queue = JobQueue(database, self._executors.me)
        self._registered: tuple[JobFunction, FailureHook, OverHook] | None = None
        self._workflow: JobWorkflow | None = None
        self._shutdown = Shutdown()
        self._tasks: list[asyncio.Task[None]] = []
        self._at_work: dict[str, asyncio.Task[Any]] = {}
        self._turns = Turns(
            self._queue, self._executors, Caps(installation_cap, total_cap), self._at_work, look_seconds=look_seconds
        )

    @property
    def node(self) -> str:
        """What this process is called among those that work on one database."""
        return self._executors.me

    @property
    def stopping(self) -> bool:
        """True from the moment that `stop` was called."""
        return self._shutdown.begun

    @property
    def running(self) -> bool:
        """Whether jobs can be submitted and get their turns."""
        return self._workflow is not None and not any(task.done() for task in self._tasks)

    def register(self, job: JobFunction, *, on_failure: FailureHook, on_over: OverHook = lambda job_id: None) -> None:
        """Name the function that carries out a job, before `start`. All three get the job's id.

        `on_failure` is told when the job raised what it should have handled, or took the process down time and again; it
        must be repeatable, and is tried for minutes until it succeeds. `on_over` is told when a job that this process has
        carried out is over and its session's next one may begin.
        """
        self._registered = job, on_failure, on_over

    async def start(self) -> None:
        """Begin, and go on with what an earlier process left behind, jobs that it added and came not to submit included.
        Blocks the loop for about a second. Raises NotAlone beside a process with which it can't share jobs."""
        if self._registered is None:
            raise EngineNotRunning("the engine was started before the job's function was registered")
        from dbos import DBOS

        from state.dbos_setup import configuration, quiet_logging
        from state.workflows import JobWorkflow

        several = self._executors.several
        if several:
            await self._executors.join()  # before it has anything that another could take over
        quiet_logging(lambda: self.stopping)
        DBOS(config=configuration(self._database, self._executors.me))
        workflow = JobWorkflow(self._carry_out)
        DBOS.listen_queues([])  # the order is ours; DBOS's own queue, for what goes on after a crash, is always looked at
        DBOS.launch()  # on the loop's own thread: jobs then run on this loop
        self._workflow = workflow
        self._tasks = []
        self._run_until_stopped(self._turns.give(workflow), "engine turns")
        if several:
            heartbeat = Heartbeat(self._executors, self._queue, self._at_work, self._turns.wake)
            self._run_until_stopped(heartbeat.run(), "engine heartbeat")

    def _run_until_stopped(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._shutdown.waits_for(task)
        self._tasks.append(task)

    async def stop(self) -> None:
        """Stop at once. Running steps are cancelled, and their jobs go on at the next start."""
        if self._workflow is None:
            return
        from dbos import DBOS

        self._workflow = None
        await self._shutdown.begin()
        await self._excuse_running_steps()
        # DBOS has made its threads the loop's own, and takes them along.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(thread_name_prefix="harvest"))
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        if self._executors.several:
            await self._executors.leave()

    async def submit(self, job_id: str) -> None:
        """Give a job that was added to `Jobs` its turn as soon as it comes. One that is over is left as it is.

        A session's jobs run in the order in which they were added, even if submitted in another. Raises EngineNotRunning, and
        KeyError for a job that was not added.
        """
        if self._workflow is None:
            raise EngineNotRunning(f"job {job_id} was not submitted: the engine is not running")
        await self._jobs.get(job_id)
        self._turns.wake()

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

        async def body() -> T:
            await self._count_attempt(name)
            return await function(*args, **kwargs)

        async def run() -> Any:
            result = await self._while_the_database_is_away(f"the step {name!r}", body)
            plain = to_plain(result)
            if shape is Any and plain != result:
                raise TypeError(f"the step {name!r} returned a {type(result).__name__}: annotate what it returns")
            return plain

        returned: T = from_plain(await DBOS.run_step_async({"name": name}, run), shape)
        return returned

    async def _count_attempt(self, name: str) -> None:
        """Raises JobGivenUp when the process has ended too often in the step that begins here."""
        from dbos import DBOS

        if DBOS.workflow_id is None or DBOS.step_id is None:
            raise RuntimeError(f"the step {name!r} is counted outside of a step")
        attempts = await self._queue.begin_step(DBOS.workflow_id, DBOS.step_id, forget_after=FORGET_ATTEMPTS_SECONDS)
        if attempts > STEP_ATTEMPTS:
            raise JobGivenUp(name, STEP_ATTEMPTS)

    async def _excuse_running_steps(self) -> None:
        """A stop that was asked for is no attempt of a step that failed."""
        try:
            async with asyncio.timeout(EXCUSE_SECONDS):
                await self._queue.excuse_mine()
        except Exception as error:
            log.warning("this stop counts as an attempt of the steps that were running: %s", error)

    async def _while_the_database_is_away(self, what: str, function: Callable[[], Awaitable[T]]) -> T:
        """Run it again and again for as long as our own database keeps it from ending."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            with self._shutdown.cancels():
                try:
                    return await function()
                except Exception as error:
                    if not is_away(error):
                        raise
                    log.warning("%s is tried again in %g s: %s", what, pause, error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def states(self, job_ids: Sequence[str]) -> dict[str, EngineState]:
        """How the engine sees these jobs; those that were never added are left out. "ended" is what it is done with, whether
        somebody could be told of it or not."""
        known = await self._jobs.known(job_ids)
        places = await self._queue.places(list(known))
        named: dict[str | None, EngineState] = {"waiting": "queued", "running": "running", None: "ended"}
        return {job_id: named[places.get(job_id)] for job_id in known}

    async def forget(self, *, older_than_days: float) -> int:
        """Forget how jobs that ended longer ago were carried out; gives their number."""
        from dbos import DBOS

        from state.workflows import WORKFLOW

        before = datetime.fromtimestamp(time.time() - older_than_days * 86_400, UTC).isoformat()
        forgotten = 0
        while old := await DBOS.list_workflows_async(
            # By the index of the latter: what has ended before was begun before.
            name=WORKFLOW,
            completed_before=before,
            end_time=before,
            limit=FORGET_ROWS,
            load_input=False,
            load_output=False,
        ):
            await DBOS.delete_workflows_async([workflow.workflow_id for workflow in old], delete_children=True)
            forgotten += len(old)
        return forgotten

    async def _carry_out(self, job_id: str) -> None:
        """A job from its turn to its release. Its place is kept until it is over, for good or bad."""
        if self._registered is None:
            raise EngineNotRunning(f"job {job_id} was begun before its function was registered")
        job, _, on_over = self._registered
        with self._shutdown.waits(), self._shutdown.cancels(), self._working_on(job_id), held_by(self._check_of_a_job()):
            if not await self._while_the_database_is_away(f"job {job_id}", lambda: self._queue.hold(job_id)):
                return
            try:
                await job(job_id)
            except Exception as error:
                if self._shutdown.begun:
                    raise
                log.exception("job %s raised what it should have handled", job_id)
                await self._tell(job_id, error)
            await self._while_the_database_is_away(f"the release of job {job_id}", lambda: self._queue.release(job_id))
        self._turns.wake()
        on_over(job_id)

    async def _tell(self, job_id: str, error: Exception) -> None:
        """See to it that a failure goes not untold. Whom nobody can be told of now is found among the jobs that ended without
        a word (github_app/maintenance/leftovers.py)."""
        from state.workflows import tell

        if self._registered is None:
            return
        _, on_failure, _ = self._registered

        async def attempt() -> None:
            with self._shutdown.cancels():
                await self._count_attempt("tell the failure")
                await on_failure(job_id, error)

        try:
            await tell(attempt)
        except Exception:
            if self._shutdown.begun:
                raise
            log.exception("job %s failed and nobody could be told: its thread waits for an answer", job_id)

    @contextmanager
    def _working_on(self, job_id: str) -> Iterator[None]:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a job is carried out by a task")
        self._at_work[job_id] = task
        try:
            yield
        finally:
            if self._at_work.get(job_id) is task:
                del self._at_work[job_id]

    def _check_of_a_job(self) -> Check:
        """Whether a job that is begun now is still this process's. On SQLite it always is."""
        life = self._executors.life

        async def check() -> None:
            if not self._executors.several:
                return
            if self._executors.life == life and not self._executors.surely_alive:
                try:
                    await self._executors.beat()
                except NotAlone:
                    raise MovedOn from None
            if self._executors.life != life or not self._executors.surely_alive:
                raise MovedOn

        return check


def executor_id(database: Database) -> str:
    """On SQLite, a name for whoever has the state directory, so that a restart finds its own jobs. On Postgres, a name for
    this process alone: two of one name would run the same jobs."""
    if database.dialect == "sqlite":
        return "harvest"
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
