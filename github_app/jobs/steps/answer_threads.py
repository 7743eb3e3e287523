"""Answer the review threads: a reply in each, once, and those that a pushed commit settles are resolved.

Nothing is said in them where the job came to no good end: what the agent says would be about work that nobody has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from github_app.domain.memory import lesson_of
from github_app.domain.review_threads import OpenThreads
from github_app.github.failures import Refused
from github_app.github.installation_token import InstallationToken
from github_app.github.review_threads import resolve_threads
from github_app.github.tokens import Purpose
from github_app.jobs.context import JobContext
from github_app.jobs.memory import propose_lessons
from github_app.jobs.results import BranchChosen, CommitsPushed, ThreadsAnswered, VerdictsRead
from github_app.replies import review_threads as words
from github_app.replies.review_threads import Published, ThreadReply, thread_marker, thread_replies
from github_app.text.neutral import neutralise_line
from state.memory import MOST_OF_A_JOB, NewEntry

log = structlog.get_logger()

MAX_REASON_CHARACTERS = 200
RESOLVED_AT_ONCE = 20


async def answer_threads(context: JobContext) -> ThreadsAnswered:
    read, threads = context.latest(VerdictsRead), context.ask.threads or OpenThreads(())
    if read is None or read.verdicts is None or (context.ending is not None and context.ending.outcome != "no_change"):
        return ThreadsAnswered()
    replies = thread_replies(context.job.id, threads.threads, read.verdicts, published(context))
    await propose_lessons(context, lessons_of(context, replies))
    notes = [words.counts_of(replies), *await reply_in_each(context, replies)]
    notes += await resolve_settled(context, [reply for reply in replies if reply.resolves])
    if threads.more:
        notes.append(words.more_are_open(threads.more))
    return ThreadsAnswered(notes=tuple(notes))


def lessons_of(context: JobContext, replies: Sequence[ThreadReply]) -> list[NewEntry]:
    """What people who may decide here said in threads that a commit has settled."""
    lessons = []
    for reply in replies:
        text, by = lesson_of(reply.thread) if reply.outcome == "settled" else ("", "")
        if text:
            lessons.append(
                NewEntry(
                    repository=context.session.repository,
                    kind="lesson",
                    text=text,
                    job_id=context.job.id,
                    thread=context.ask.target.thread,
                    said_by=by,
                    comment=reply.thread.first_comment,
                    path=reply.thread.path,
                    sha=context.found(CommitsPushed).head_sha,
                )
            )
    return lessons[:MOST_OF_A_JOB]


def published(context: JobContext) -> Published | None:
    pushed, pull = context.latest(CommitsPushed), context.ask.target.pull
    if pushed is None:
        return None
    here = pull is not None and context.found(BranchChosen).branch == pull.branch
    return Published(pushed.head_sha, context.services.web_url(context.session.repository, "commit", pushed.head_sha), here)


async def reply_in_each(context: JobContext, replies: Sequence[ThreadReply]) -> list[str]:
    """Gives a sentence on those in which GitHub takes none: deleted meanwhile, or locked. Raises Passing, and what was said by
    then is found by the next try."""
    thread = replace(await context.thread(), number=context.ask.target.thread)
    said = "" if context.first_try else await thread.said_on_lines(since=context.job.created_at - 60)
    refused: list[Refused] = []
    for reply in replies:
        if thread_marker(context.job.id, reply.thread) in said:
            continue
        try:
            await replace(thread, inline=reply.thread.first_comment).write_comment(reply.body)
        except Refused as problem:
            log.warning("no reply in a review thread", error=str(problem))
            refused.append(problem)
    return [words.not_replied(len(refused), reason_of(refused[0]))] if refused else []


async def resolve_settled(context: JobContext, replies: Sequence[ThreadReply]) -> list[str]:
    """Gives a sentence on those that GitHub does not let be resolved. The token may write contents, and is made for this."""
    if not replies:
        return []
    services, session = context.services, context.session
    refused: list[Refused] = []
    try:
        token = await services.tokens.get(session.installation_id, session.repository_id, Purpose.RESOLVE)
    except Refused as problem:
        return [words.not_resolved(len(replies), reason_of(problem))]
    ids = [reply.thread.id for reply in replies]
    for start in range(0, len(ids), RESOLVED_AT_ONCE):
        refused += await refused_among(context, token.value, ids[start : start + RESOLVED_AT_ONCE])
    return [words.not_resolved(len(refused), reason_of(refused[0]))] if refused else []


async def refused_among(context: JobContext, token: InstallationToken, threads: Sequence[str]) -> list[Refused]:
    """Resolve them in one request; where GitHub refuses that, each by itself."""
    try:
        await resolve_threads(context.services.github, token, threads, job_id=context.job.id)
        return []
    except Refused as problem:
        if len(threads) == 1:
            log.warning("a review thread is not resolved", error=str(problem))
            return [problem]
    return [problem for one in threads for problem in await refused_among(context, token, [one])]


def reason_of(problem: Refused) -> str:
    return neutralise_line(problem.reason, max_length=MAX_REASON_CHARACTERS).rstrip(".")
