"""Post the answer, where the question was asked and as a comment of its own: whoever asked is told of it."""

from __future__ import annotations

from github_app.domain.ending import JobOver
from github_app.github.threads import create_or_adopt
from github_app.jobs.context import JobContext
from github_app.jobs.job_report import report_of
from github_app.jobs.results import AnswerPosted
from github_app.replies import wording
from github_app.replies.answer import answer_comment, answer_marker


async def post_answer(context: JobContext) -> AnswerPosted:
    report, ask = report_of(context.results), context.ask
    if not report.said:
        raise JobOver("failed", wording.no_answer(), advice=wording.ask_again())
    thread = await context.thread(number=ask.target.thread)

    async def create() -> int:
        return await thread.write_comment(answer_comment(context.job.id, ask.actor.login, ask.command.text, report))

    async def find() -> int | None:
        return await thread.find_comment(answer_marker(context.job.id), since=context.job.created_at - 60)

    return AnswerPosted(comment_id=await create_or_adopt(create, find, look_first=not context.first_try))
