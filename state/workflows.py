"""The two workflows that carry out a job. Only the engine imports this, and late, because DBOS takes a while to import.

The outer one has the job's id and holds its session's place until the job has ended, for good or bad; the inner one runs the
job's function and holds a place of its installation. That no failure goes untold is the outer one's business.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
from dbos import error as dbos_errors

from state.jobs import Job, JobGivenUp
from state.shutdown import Shutdown

JobFunction = Callable[[str], Awaitable[None]]
FailureHook = Callable[[str, Exception], Awaitable[None]]

log = logging.getLogger(__name__)

# Names under which work in flight is found again after an upgrade. Never change them.
SESSION_QUEUE, INSTALLATION_QUEUE = "sessions", "installations"
OUTER, INNER = "carry out a job", "run a job"
INNER_SUFFIX = "-run"

# How soon a session's next job may begin after the last one has ended. Each running job asks this often.
RESULT_POLLING_SECONDS = 0.5
# Times that the process may end, for whatever reason, while a job runs. After that the job is taken for what ends it.
MAX_RESTARTS = 20
# The thread must get its answer: about four minutes of trying, twice as long between the tries each time.
FAILURE_HOOK_ATTEMPTS = 8


class JobWorkflows:
    """The workflows, registered with DBOS by being made. `at_work` are the ids of those that this process carries out now."""

    def __init__(self, job: JobFunction, on_failure: FailureHook, shutdown: Shutdown) -> None:
        self.at_work: set[str] = set()

        @DBOS.workflow(name=INNER, max_recovery_attempts=MAX_RESTARTS)
        async def run(job_id: str) -> None:
            with shutdown.waits(), shutdown.cancels(), self._at_work(job_id + INNER_SUFFIX):
                try:
                    await job(job_id)
                except Exception:
                    if not shutdown.begun:
                        log.exception("job %s raised what it should have handled", job_id)
                    raise

        @DBOS.workflow(name=OUTER, max_recovery_attempts=None)
        async def carry_out(job_id: str, installation_id: int, number: int) -> None:
            with shutdown.waits(), shutdown.cancels(), self._at_work(job_id):
                place = SetEnqueueOptions(queue_partition_key=str(installation_id), priority=number)
                with SetWorkflowID(job_id + INNER_SUFFIX), place:
                    running = await DBOS.enqueue_workflow_async(INSTALLATION_QUEUE, run, job_id)
                try:
                    await running.get_result(polling_interval_sec=RESULT_POLLING_SECONDS)
                except dbos_errors.DBOSAwaitedWorkflowMaxRecoveryAttemptsExceeded:
                    await tell(job_id, JobGivenUp(f"Harvest ended {MAX_RESTARTS} times while this job was running"))
                except Exception as error:
                    if shutdown.begun:
                        raise
                    await tell(job_id, error)

        async def tell(job_id: str, error: Exception) -> None:
            async def attempt() -> None:
                with shutdown.cancels():
                    await on_failure(job_id, error)

            try:
                await DBOS.run_step_async(
                    {"name": "tell the failure", "retries_allowed": True, "max_attempts": FAILURE_HOOK_ATTEMPTS}, attempt
                )
            except Exception:
                if not shutdown.begun:
                    log.exception("job %s failed and nobody could be told: its thread waits for an answer", job_id)
                raise

        self._carry_out = carry_out

    @contextmanager
    def _at_work(self, workflow_id: str) -> Iterator[None]:
        self.at_work.add(workflow_id)
        try:
            yield
        finally:
            self.at_work.discard(workflow_id)

    async def enqueue(self, job: Job) -> None:
        """Put the job in its session's queue, unless it was there before."""
        # By priority: the time of arrival that DBOS keeps is in whole seconds on an older SQLite.
        place = SetEnqueueOptions(queue_partition_key=job.session_id, priority=job.number)
        with SetWorkflowID(job.id), place:
            await DBOS.enqueue_workflow_async(SESSION_QUEUE, self._carry_out, job.id, job.installation_id, job.number)


async def register_queues(*, installation_cap: int, total_cap: int, polling_seconds: float) -> None:
    """Set up the queues: one job at a time in a session, and the caps. DBOS must have been launched."""
    await DBOS.register_queue_async(
        SESSION_QUEUE, partition_concurrency=1, polling_interval_sec=polling_seconds, on_conflict="always_update"
    )
    await DBOS.register_queue_async(
        INSTALLATION_QUEUE,
        partition_concurrency=min(installation_cap, total_cap),
        global_concurrency=total_cap,
        polling_interval_sec=polling_seconds,
        on_conflict="always_update",
    )


async def held_by(executor_id: str) -> dict[str, str]:
    """The workflows that this process carries out, as far as DBOS knows: their ids, each with its queue."""
    held = await DBOS.list_workflows_async(executor_id=executor_id, status="PENDING", load_input=False, load_output=False)
    return {each.workflow_id: each.queue_name for each in held if each.queue_name is not None}


async def put_back(held: Mapping[str, str]) -> None:
    """Put these workflows back into their queues: they go on from the last step that was stored."""
    for queue in (SESSION_QUEUE, INSTALLATION_QUEUE):
        if ids := [workflow_id for workflow_id, place in held.items() if place == queue]:
            await DBOS.resume_workflows_async(ids, queue_name=queue)


async def take_over(executor_id: str) -> int:
    """Put the jobs that another process was running back into their queues; gives their number."""
    held = await held_by(executor_id)
    await put_back(held)
    return len(held)
