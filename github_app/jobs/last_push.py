"""A session's last push that still stands: what a job of it pushed, and nobody has taken back since."""

from __future__ import annotations

from github_app.jobs.context import JobContext
from github_app.jobs.job_report import report_in
from github_app.jobs.results import LastPushFound


async def last_push(context: JobContext) -> JobContext | None:
    """The job that made it; None when there is none to take back."""
    earlier = [job for job in await context.services.jobs.of_session(context.session.id) if job.number < context.job.number]
    taken_back: set[str] = set()
    for job in reversed(earlier):
        if not report_in(job).pushed_sha:
            continue
        pushed = await JobContext.load(context.services, job.id)
        if (undone := pushed.latest(LastPushFound)) is not None:
            taken_back.add(undone.job_id)
        elif job.id not in taken_back:
            return pushed
    return None
