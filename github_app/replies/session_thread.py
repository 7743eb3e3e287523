"""The session's one comment: gathered from the rows, written once, then edited, and written anew if somebody deleted it."""

from __future__ import annotations

import time

from github_app.ending import PUBLISHED, Ending
from github_app.harvest import Harvest
from github_app.progress import Progress
from github_app.replies.check_run import now_queued
from github_app.replies.comment import Chapter, NowRunning, marker, session_comment
from github_app.replies.job_check_run import put_check_run
from github_app.replies.thread import Thread, create_or_adopt
from github_app.report_card import ReportCard
from github_app.request import Request
from github_app.work import Work
from state.jobs import Job
from state.sessions import Session

# Jobs of a session that its comment and pull request are made from; older ones are only counted.
CHAPTERS = 30


def chapter_of(harvest: Harvest, session: Session, job: Job) -> Chapter | None:
    """A job as a chapter of its session; None when it has neither ended nor pushed anything."""
    pushed = job.detail.get("pushed_sha", "")
    if "ending" in job.detail:
        ending = Ending.from_json(job.detail["ending"])
    elif pushed:
        ending = PUBLISHED
    else:
        return None
    request = Request.from_json(job.request)
    pull = session.pull_number
    return Chapter(
        asked_by=request.asked_by,
        asked=request.prompt,
        ending=ending,
        card=ReportCard.from_json(job.detail.get("card", {})),
        notes=tuple(job.detail.get("notes", [])),
        patch=job.detail.get("patch", ""),
        pull_url=harvest.web_url(session.repository, "pull", pull) if pull is not None else "",
        commit_url=harvest.web_url(session.repository, "commit", pushed) if pushed else "",
        commit_sha=pushed,
    )


def own_pull_url(harvest: Harvest, session: Session) -> str:
    """The page of the pull request that Harvest opened for the session; empty without one."""
    number = session.pull_number
    return "" if number in (None, session.thread) else harvest.web_url(session.repository, "pull", number)


async def chapters_of(harvest: Harvest, session: Session) -> list[Chapter]:
    """The session's jobs that have an ending, newest first."""
    jobs = await harvest.jobs.of_session(session.id)
    chapters = [chapter for job in reversed(jobs) if (chapter := chapter_of(harvest, session, job)) is not None]
    return chapters[:CHAPTERS]


async def refresh_comment(
    work: Work, thread: Thread, *, doing: str | None = None, progress: Progress | None = None, cost_usd: float = 0.0
) -> None:
    """Bring the comment up to date. `doing` is what happens now, in words; None when the job has ended."""
    harvest, session = work.harvest, await work.harvest.sessions.get(work.session.id)
    waiting = len([job for job in await harvest.jobs.live_of_session(session.id) if job.number > work.job.number])
    now = None
    if doing is not None:
        seconds = time.time() - (work.job.started_at or time.time())
        now = NowRunning(
            work.request.asked_by, work.request.prompt, doing, progress or Progress(), seconds=seconds, cost_usd=cost_usd
        )
    chapters = await chapters_of(harvest, session)
    body = session_comment(session.id, now, waiting, chapters, pull_url=own_pull_url(harvest, session))
    await put_comment(harvest, session, thread, body, look_first=not work.first_try)


async def put_comment(harvest: Harvest, session: Session, thread: Thread, body: str, *, look_first: bool) -> None:
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
    await harvest.sessions.update(session.id, comment_id=comment_id)


async def announce_waiting(harvest: Harvest, thread: Thread, job_id: str, ahead: int) -> None:
    """Say that a request has to wait. On a pull request a check run says so; the session's comment counts those that wait
    with its next edit."""
    work = await Work.load(harvest, job_id, first_try=False)
    if work.request.pull is not None and work.job.state == "queued":
        await put_check_run(work, thread, work.request.pull.sha, now_queued(ahead))
