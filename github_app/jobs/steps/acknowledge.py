"""Acknowledge: what people see first. On a pull request a check run says that work has begun; on an issue, whose head commit
could not carry one (a pull request from it would show as checked what nobody has checked), the comment says it.

That the request was heard was said before, by the reaction that intake left on it.
"""

from __future__ import annotations

from github_app.github.pacing import Urgency
from github_app.jobs.context import JobContext
from github_app.jobs.reporting.job_check_run import put_check_run
from github_app.jobs.reporting.session_comment import refresh_comment
from github_app.jobs.results import Acknowledged
from github_app.replies.check_run import now_at_work


async def acknowledge(context: JobContext) -> Acknowledged:
    await context.services.jobs.start(context.job.id)
    thread = await context.thread(Urgency.ANSWER)
    pull = context.ask.target.pull
    if pull is not None:
        await put_check_run(context, thread, pull.sha, now_at_work())
    if pull is None or context.session.comment_id is None:
        await refresh_comment(context, thread, doing="getting ready")
    return Acknowledged()
