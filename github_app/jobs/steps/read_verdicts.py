"""Read the verdicts: what the agent says of each review thread, apart from what it says to people."""

from __future__ import annotations

from github_app.domain.job_report import title_and_summary
from github_app.domain.review_threads import verdicts_in
from github_app.jobs.context import JobContext
from github_app.jobs.results import AgentRan, VerdictsRead
from github_app.replies.review_threads import no_account


async def read_verdicts(context: JobContext) -> VerdictsRead:
    threads = context.ask.threads
    said, verdicts = verdicts_in(context.found(AgentRan).said, 0 if threads is None else len(threads.threads))
    _, summary = title_and_summary(said)
    if verdicts is None:
        return VerdictsRead(said=said, summary=summary, notes=(no_account(),))
    return VerdictsRead(said=said, summary=summary, verdicts=verdicts)
