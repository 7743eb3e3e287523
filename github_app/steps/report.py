"""Report: what a job that came to no end leaves is kept, then the check run gets its conclusion, the comment its end;
conversation and outcome are stored.
"""

from __future__ import annotations

import structlog

from github_app.ending import PUBLISHED, Ending
from github_app.github.failures import Refused
from github_app.half_done import keep_half_done
from github_app.metrics import JOBS
from github_app.replies.check_run import concluded, moved_on
from github_app.replies.job_check_run import create_check_run, put_check_run
from github_app.replies.session_thread import refresh_comment
from github_app.replies.thread import Thread
from github_app.work import Work
from state.session_state import SessionState

log = structlog.get_logger()


async def report(work: Work) -> None:
    ending = await keep_half_done(work, work.ending or PUBLISHED)
    work = await Work.load(work.harvest, work.job.id, first_try=work.first_try)
    used = await work.harvest.sandbox_times.of_job(work.job.id)
    await work.remember(card=work.card.with_sandbox_seconds(used.seconds).to_json(), ending=ending.to_json())
    work = await Work.load(work.harvest, work.job.id, first_try=work.first_try)
    await store_exchange(work, ending)
    try:
        thread = await work.thread()
        await conclude_check_run(work, thread, ending)
        await refresh_comment(work, thread)
    except Refused as problem:
        # The thread can't be written to any more (deleted, locked, App removed): the end is recorded all the same.
        log.warning("the end could not be said on GitHub", error=str(problem))
    if await work.harvest.jobs.end(work.job.id, ending.outcome):
        JOBS.labels(ending.outcome).inc()
        log.info("job ended", outcome=ending.outcome)


async def store_exchange(work: Work, ending: Ending) -> None:
    """What was asked and answered, for an agent that has to be told of it one day."""
    answer = work.card.answer or ending.happened
    async with await SessionState.open(work.harvest.database, work.session.id) as state:
        await state.add_exchange(work.asked, answer, job_id=work.job.id)
        await state.add_modified_files(list(work.card.files))


async def conclude_check_run(work: Work, thread: Thread, ending: Ending) -> None:
    """The conclusion stands on the commit that a person looks at: the pushed one if there is one.

    A finished check run is not moved to another commit: the one that showed the work on the old head is closed with a word,
    and a new one is created on the new head.
    """
    content = concluded(ending, work.card, work.notes)
    pushed = work.job.detail.get("pushed_sha")
    if pushed is not None:
        if work.job.check_run_id is not None:
            await thread.request("PATCH", f"/check-runs/{work.job.check_run_id}", moved_on(pushed))
        await create_check_run(work, thread, pushed, content)
    elif work.job.check_run_id is not None or work.request.pull is not None:
        pull = work.request.pull
        await put_check_run(work, thread, pull.sha if pull is not None else "", content)
