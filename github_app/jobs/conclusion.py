"""How a job ends, written into its row: before anybody is told, and once they were. What was written first stays."""

from __future__ import annotations

import msgspec
import structlog

from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport
from github_app.jobs.context import JobContext
from github_app.jobs.job_report import ending_of, report_of
from github_app.metrics import JOBS

log = structlog.get_logger()


async def conclude(context: JobContext) -> tuple[Ending, JobReport]:
    """Write down how the job ends and what it has to show; gives both."""
    used = await context.services.sandbox_times.of_job(context.job.id)
    ending, seen = ending_of(context.ending, context.results), report_of(context.results, sandbox_seconds=used.seconds)
    await context.services.jobs.conclude(context.job.id, ending=msgspec.to_builtins(ending), report=msgspec.to_builtins(seen))
    return ending, seen


async def end(context: JobContext, ending: Ending) -> None:
    """The job has ended like this."""
    if await context.services.jobs.end(context.job.id, ending.outcome):
        JOBS.labels(ending.outcome).inc()
        log.info("job ended", outcome=ending.outcome)
