"""What is replied in a review thread, and which threads are resolved by it. Pure.

What the agent says is neutralised here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from github_app.domain.review_threads import Outcome, ReviewThread, Verdict
from github_app.replies.markdown import code_span, counted
from github_app.text.neutral import neutralise

MAX_SAY_CHARACTERS = 1_500

NOTHING_SAID = "The agent did not say what became of this."


@dataclass(frozen=True)
class Published:
    """The commit that the job pushed; `here` says that it is on the pull request's own branch."""

    sha: str
    url: str
    here: bool


@dataclass(frozen=True)
class ThreadReply:
    """`resolves` says that the thread is settled by a commit that is on the pull request."""

    thread: ReviewThread
    outcome: Outcome
    body: str
    resolves: bool


def thread_marker(job_id: str, thread: ReviewThread) -> str:
    """What makes the reply findable after a crash."""
    return f"<!-- harvest:thread:{job_id}:{thread.first_comment} -->"


def thread_replies(
    job_id: str, threads: Sequence[ReviewThread], verdicts: Sequence[Verdict], published: Published | None
) -> list[ThreadReply]:
    """One reply a thread. Nothing is settled that was not published, whatever the agent says of it."""
    said = {verdict.thread: verdict for verdict in verdicts}
    return [reply_to(job_id, thread, said.get(at), published) for at, thread in enumerate(threads, 1)]


def reply_to(job_id: str, thread: ReviewThread, verdict: Verdict | None, published: Published | None) -> ThreadReply:
    outcome = "left" if verdict is None else verdict.outcome
    if outcome == "settled" and published is None:
        outcome = "left"
    resolves = outcome == "settled" and published is not None and published.here
    words = neutralise(verdict.say.strip(), max_length=MAX_SAY_CHARACTERS) if verdict is not None else NOTHING_SAID
    body = f"{begun_with(outcome, verdict, published)} {words}".strip()
    return ThreadReply(thread, outcome, f"{thread_marker(job_id, thread)}\n{body}", resolves)


def begun_with(outcome: Outcome, verdict: Verdict | None, published: Published | None) -> str:
    if outcome == "settled" and published is not None:
        commit = f"[{code_span(published.sha[:7])}]({published.url})"
        return f"Settled in {commit}." if published.here else f"Settled in {commit}, which is not on this branch yet."
    if outcome == "answered":
        return ""
    if verdict is not None and verdict.outcome == "settled":
        return "Left open: no commit came of it."
    return "Left open."


def counts_of(replies: Sequence[ThreadReply]) -> str:
    """What became of the threads, for the session's comment."""
    words = {"settled": "settled", "answered": "answered", "left": "left open"}
    counts = {outcome: sum(reply.outcome == outcome for reply in replies) for outcome in words}
    told = [f"{count} {words[outcome]}" for outcome, count in counts.items() if count]
    return f"{counted(len(replies), 'review thread')}: {', '.join(told)}."


def more_are_open(more: int) -> str:
    are = "One more review thread is" if more == 1 else f"{more} more review threads are"
    return f"{are} open: ask once more for what is left."


def no_account() -> str:
    return "The agent did not say what became of the review threads, so nothing was replied in them and none was resolved."


def not_replied(threads: int, reason: str) -> str:
    """`reason` is GitHub's own word."""
    return f"GitHub took no reply in {counted(threads, 'review thread')}: {reason}."


def not_resolved(threads: int, reason: str) -> str:
    return f"GitHub did not let {counted(threads, 'review thread')} be resolved: {reason}."


def none_open() -> str:
    return "No review thread is open here, so nothing was started."
