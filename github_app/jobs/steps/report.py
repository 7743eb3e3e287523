"""Report: what a job that came to no end leaves is kept, then the check run gets its conclusion, the comment its end;
conversation and outcome are stored.
"""

from __future__ import annotations

import structlog

from github_app.domain.ending import PUBLISHED, Ending
from github_app.github.failures import Refused
from github_app.github.threads import Thread
from github_app.jobs.context import JobContext
from github_app.jobs.half_done import keep_half_done
from github_app.jobs.reporting.job_check_run import create_check_run, put_check_run
from github_app.jobs.reporting.session_comment import refresh_comment
from github_app.metrics import JOBS
from github_app.replies.check_run import concluded, moved_on
from state.session_state import SessionState

log = structlog.get_logger()


async def report(context: JobContext) -> None:
    ending = await keep_half_done(context, context.ending or PUBLISHED)
    context = await JobContext.load(context.services, context.job.id, first_try=context.first_try)
    used = await context.services.sandbox_times.of_job(context.job.id)
    await context.remember(card=context.card.with_sandbox_seconds(used.seconds).to_json(), ending=ending.to_json())
    context = await JobContext.load(context.services, context.job.id, first_try=context.first_try)
    await store_exchange(context, ending)
    try:
        thread = await context.thread()
        await conclude_check_run(context, thread, ending)
        await refresh_comment(context, thread)
    except Refused as problem:
        # The thread can't be written to any more (deleted, locked, App removed): the end is recorded all the same.
        log.warning("the end could not be said on GitHub", error=str(problem))
    if await context.services.jobs.end(context.job.id, ending.outcome):
        JOBS.labels(ending.outcome).inc()
        log.info("job ended", outcome=ending.outcome)


async def store_exchange(context: JobContext, ending: Ending) -> None:
    """What was asked and answered, for an agent that has to be told of it one day."""
    answer = context.card.answer or ending.happened
    async with await SessionState.open(context.services.database, context.session.id) as state:
        await state.add_exchange(context.asked, answer, job_id=context.job.id)
        await state.add_modified_files(list(context.card.files))


async def conclude_check_run(context: JobContext, thread: Thread, ending: Ending) -> None:
    """The conclusion stands on the commit that a person looks at: the pushed one if there is one.

    A finished check run is not moved to another commit: the one that showed the work on the old head is closed with a word,
    and a new one is created on the new head.
    """
    content = concluded(ending, context.card, context.notes)
    pushed = context.job.detail.get("pushed_sha")
    if pushed is not None:
        if context.job.check_run_id is not None:
            await thread.request("PATCH", f"/check-runs/{context.job.check_run_id}", moved_on(pushed))
        await create_check_run(context, thread, pushed, content)
    elif context.job.check_run_id is not None or context.request.pull is not None:
        pull = context.request.pull
        await put_check_run(context, thread, pull.sha if pull is not None else "", content)
