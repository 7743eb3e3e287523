"""Acknowledge: a person sees where they asked that the work has begun: the check run on the pull request, or the comment on
the issue.

That the request was heard was said before, by the reaction that intake left on it.
"""

from __future__ import annotations

from github_app.github.pacing import Urgency
from github_app.replies.check_run import now_at_work
from github_app.replies.job_check_run import put_check_run
from github_app.replies.session_thread import refresh_comment
from github_app.work import Work


async def acknowledge(work: Work) -> None:
    await work.harvest.jobs.start(work.job.id)
    thread = await work.thread(Urgency.ANSWER)
    if work.request.pull is not None:
        await put_check_run(work, thread, work.request.pull.sha, now_at_work())
    if work.request.pull is None or work.session.comment_id is None:
        await refresh_comment(work, thread, doing="getting ready")
