"""The session's one comment: gathered from the rows, written once, then edited, and written anew if somebody deleted it."""

from __future__ import annotations

import time

from github_app.domain.ask import Ask
from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport
from github_app.domain.progress import Progress
from github_app.github.threads import Thread, create_or_adopt
from github_app.jobs.context import JobContext
from github_app.jobs.job_report import ending_in, report_in
from github_app.jobs.reporting.job_check_run import put_check_run
from github_app.jobs.services import Services
from github_app.jobs.session_status import status_of
from github_app.replies.check_run import now_queued
from github_app.replies.comment import EndedJob, NowRunning, marker, session_comment
from state.jobs import Job
from state.sessions import Session

# Jobs of a session that its comment and pull request are made from; older ones are only counted.
MAX_ENDED_JOBS = 30


def ended_job_of(services: Services, session: Session, job: Job) -> EndedJob | None:
    """A job as the comment shows it; None before it has come to its end."""
    ending = ending_in(job)
    return None if ending is None else shown_job(services, session, job, ending, report_in(job))


def shown_job(services: Services, session: Session, job: Job, ending: Ending, report: JobReport) -> EndedJob:
    ask, pull, answer = Ask.from_json(job.ask), session.pull_number, report.answer_comment_id
    return EndedJob(
        asked_by=ask.actor.login,
        asked=ask.command.text,
        ending=ending,
        report=report,
        pull_url=services.web_url(session.repository, "pull", pull) if pull is not None else "",
        commit_url=services.web_url(session.repository, "commit", report.pushed_sha) if report.pushed_sha else "",
        answer_url=comment_url(services, session, ask, answer) if answer else "",
    )


def comment_url(services: Services, session: Session, ask: Ask, comment_id: int) -> str:
    """A comment on the thread that was asked on, as people open it."""
    page = services.web_url(session.repository, "issues" if ask.target.place == "issue" else "pull", ask.target.thread)
    return f"{page}#issuecomment-{comment_id}"


def own_pull_url(services: Services, session: Session) -> str:
    """The page of the pull request that Harvest opened for the session; empty without one."""
    number = session.pull_number
    return "" if number in (None, session.thread) else services.web_url(session.repository, "pull", number)


async def ended_jobs_of(services: Services, session: Session) -> list[EndedJob]:
    """The session's jobs that have an ending, newest first."""
    jobs = await services.jobs.of_session(session.id)
    ended_jobs = [ended_job for job in reversed(jobs) if (ended_job := ended_job_of(services, session, job)) is not None]
    return ended_jobs[:MAX_ENDED_JOBS]


async def refresh_comment(
    context: JobContext, thread: Thread, *, doing: str | None = None, progress: Progress | None = None, cost_usd: float = 0.0
) -> None:
    """Bring the comment up to date. `doing` is what happens now, in words; None when the job has ended."""
    services, session = context.services, await context.services.sessions.get(context.session.id)
    waiting = len((await status_of(services, session)).waiting)
    now = None
    if doing is not None:
        seconds = time.time() - (context.job.started_at or time.time())
        now = NowRunning(
            context.ask.actor.login,
            context.ask.command.text,
            doing,
            progress or Progress(),
            seconds=seconds,
            cost_usd=cost_usd,
        )
    ended_jobs = await ended_jobs_of(services, session)
    body = session_comment(session.id, now, waiting, ended_jobs, pull_url=own_pull_url(services, session))
    await put_comment(services, session, thread, body, look_first=not context.first_try)


async def put_comment(services: Services, session: Session, thread: Thread, body: str, *, look_first: bool) -> None:
    """Edit the session's comment, or write it if there is none (any more)."""
    if session.comment_id is not None and await thread.edit_comment(session.comment_id, body):
        return

    async def create() -> int:
        return await thread.write_comment(body)

    async def find() -> int | None:
        found = await thread.find_comment(marker(session.id), since=session.created_at - 60)
        if found is not None:
            await thread.edit_comment(found, body)
        return found

    comment_id = await create_or_adopt(create, find, look_first=look_first)
    await services.sessions.update(session.id, comment_id=comment_id)


async def announce_waiting(services: Services, thread: Thread, job_id: str, ahead: int) -> None:
    """Say that a request has to wait. On a pull request a check run says so; the session's comment counts those that wait
    with its next edit."""
    context = await JobContext.load(services, job_id, first_try=False)
    pull = context.ask.target.pull
    if pull is not None and context.job.state == "queued":
        await put_check_run(context, thread, pull.sha, now_queued(ahead))
