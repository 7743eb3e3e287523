"""Report: how it ended is told where it was asked, and stored with the conversation."""

from __future__ import annotations

from dataclasses import replace

import structlog

from github_app.domain.ask import THE_COMMENTS
from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport
from github_app.domain.memory import lesson_in
from github_app.domain.session_events import Ended
from github_app.github.failures import Passing, Refused
from github_app.github.threads import create_or_adopt
from github_app.jobs.conclusion import conclude, end
from github_app.jobs.context import JobContext
from github_app.jobs.job_report import report_of
from github_app.jobs.memory import propose_lessons
from github_app.jobs.reporting.shown import until_shown
from github_app.jobs.results import CommitsPushed, Reported
from github_app.replies import endings
from github_app.replies.answer import answer_comment, answer_marker
from state.memory import NewEntry
from state.session_state import SessionState

log = structlog.get_logger()


async def report(context: JobContext) -> Reported:
    """The end of a job that changes something."""
    await propose_lessons(context, lesson_from_a_review(context))
    return await tell(context, *await conclude(context))


def lesson_from_a_review(context: JobContext) -> list[NewEntry]:
    """What somebody asked for in a review or on a line, in their own words, and a commit did."""
    ask, pushed = context.ask, context.latest(CommitsPushed)
    in_a_review = ask.command.verb == "do" and (ask.origin.review or ask.origin.inline) and ask.command.text != THE_COMMENTS
    if pushed is None or not in_a_review or not (text := lesson_in(ask.command.text)):
        return []
    return [
        NewEntry(
            repository=context.session.repository,
            kind="lesson",
            text=text,
            job_id=context.job.id,
            thread=ask.target.thread,
            said_by=ask.actor.login,
            comment=ask.origin.inline,
            sha=pushed.head_sha,
        )
    ]


async def report_answer(context: JobContext) -> Reported:
    """The end of a job that answers. The answer stands where it was asked, in a comment of its own: an edit of another one
    notifies nobody."""
    seen, ending, comment_id = report_of(context.results), context.ending, 0
    if ending is None and not seen.said:
        ending = endings.no_answer()
    if ending is None:
        try:
            comment_id = await put_answer(context, seen)
        except Refused as problem:
            log.warning("the answer could not be said on GitHub", error=str(problem))
    return await tell(context, *await conclude(context, ending=ending, answer_comment_id=comment_id))


async def report_review(context: JobContext) -> Reported:
    """The end of a job that reviews. That the reviewer itself failed says nothing of the pull request."""
    ending = context.ending
    if ending is not None and ending.outcome in ("failed", "timed_out"):
        context = replace(context, ending=endings.not_reviewed(ending))
    return await tell(context, *await conclude(context))


async def put_answer(context: JobContext, seen: JobReport) -> int:
    """The answer's comment, written once; gives its id."""
    ask = context.ask
    thread = await context.where_it_was_asked()

    async def create() -> int:
        return await thread.write_comment(answer_comment(context.job.id, ask.actor.login, ask.command.text, seen))

    async def find() -> int | None:
        return await thread.find_comment(answer_marker(context.job.id), since=context.job.created_at - 60)

    return await create_or_adopt(create, find, look_first=not context.first_try)


async def tell(context: JobContext, ending: Ending, seen: JobReport) -> Reported:
    await store_exchange(context, ending, seen)
    number = await context.append(Ended(outcome=ending.outcome))
    try:
        for problem in await until_shown(context, number):
            # Nobody can write there any more (deleted, locked, App removed): the end is recorded all the same.
            log.warning("the end could not be said on GitHub", error=str(problem))
    except TimeoutError:
        raise Passing("the end of the job", "GitHub has not taken it yet", wait_seconds=context.patience + 1) from None
    await end(context, ending)
    return Reported()


async def store_exchange(context: JobContext, ending: Ending, seen: JobReport) -> None:
    """What was asked and answered, for an agent that has to be told of it one day."""
    async with await SessionState.open(context.services.database, context.session.id) as state:
        await state.add_exchange(context.asked, seen.said or ending.happened, job_id=context.job.id)
