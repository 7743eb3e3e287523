"""The workflow that carries out a job: DBOS stores the result of each of its steps, and nothing else is asked of it. Only the
engine imports this, and late, because DBOS takes a while to import.

Whose turn it is, is the queue's business (state/queue.py); that no failure goes untold is this file's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from dbos import DBOS, SetWorkflowID, StepOptions

CarryOut = Callable[[str], Awaitable[None]]
Attempt = Callable[[], Awaitable[None]]

# Under this name work in flight is found again after an upgrade. Never change it.
WORKFLOW = "job"
# DBOS's names for what it has begun and not ended (https://docs.dbos.dev/python/reference/workflow_handles).
UNFINISHED = ("PENDING", "ENQUEUED")
# The thread must get its answer: about four minutes of trying, twice as long between the tries each time.
TELLING_ATTEMPTS = 8


class JobWorkflow:
    """The workflow, registered with DBOS by being made. Its id is the job's."""

    def __init__(self, carry_out: CarryOut) -> None:
        # How often it may be begun is counted by step, and not here.
        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
        async def run(job_id: str) -> None:
            await carry_out(job_id)

        self._run = run

    async def begin(self, job_id: str) -> None:
        """Carry the job out from now on, on this loop, unless that was begun before."""
        with SetWorkflowID(job_id):
            await DBOS.start_workflow_async(self._run, job_id)


async def tell(attempt: Attempt) -> None:
    """Try it until it succeeds, as a step of the workflow that this runs in. Raises what it raised last."""
    options = StepOptions(name="tell the failure", retries_allowed=True, max_attempts=TELLING_ATTEMPTS)
    await DBOS.run_step_async(options, attempt)


async def statuses(job_ids: Sequence[str]) -> dict[str, str]:
    """What DBOS says of these jobs (https://docs.dbos.dev/python/reference/workflow_handles); those that were never begun are
    left out. Asked for none, DBOS would give all."""
    if not job_ids:
        return {}
    found = await DBOS.list_workflows_async(workflow_ids=list(job_ids), load_input=False, load_output=False)
    return {workflow.workflow_id: workflow.status for workflow in found}


async def resume(job_ids: Sequence[str]) -> None:
    """Let these jobs go on from the last step that was stored: here, or in another process on the same database."""
    if job_ids:
        await DBOS.resume_workflows_async(list(job_ids))


async def resume_those_of(executor_id: str) -> int:
    """Let the jobs go on that another process had begun; gives their number."""
    held = await DBOS.list_workflows_async(executor_id=executor_id, status="PENDING", load_input=False, load_output=False)
    await resume([each.workflow_id for each in held])
    return len(held)
