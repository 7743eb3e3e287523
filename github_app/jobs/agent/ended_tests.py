"""No tests go on when the job's agent has ended: what the next steps find in the sandbox stays as it is.

A run of Harvest's own may be any node's. Who takes the agent's token away keeps new ones from beginning; what is under way is
ended from outside, until whoever ran it has seen that, and it is over for everybody after a while if nobody did.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from github_app.jobs.context import JobContext

TRIES, PAUSE_SECONDS = 60, 0.25


async def end_tests(context: JobContext, end_all_processes: Callable[[], Awaitable[None]]) -> None:
    """To be called when the gateway knows no token of the job any more. Raises as `end_all_processes` does."""
    ledger, job_id = context.services.evidence, context.job.id
    if not any(run.ended_at is None for run in await ledger.of_job(job_id)):
        return
    for _ in range(TRIES):
        if not await ledger.goes_on(job_id):
            break
        await end_all_processes()
        await asyncio.sleep(PAUSE_SECONDS)
    else:
        await end_all_processes()
    await ledger.give_up(job_id, at=time.time())
