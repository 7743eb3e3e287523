"""How a job ends, written into its row: before anybody is told, and once they were. What was written first stays."""

from __future__ import annotations

import time

import msgspec
import structlog

from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport
from github_app.jobs.context import JobContext
from github_app.jobs.job_report import ending_of, report_of
from github_app.jobs.memory import used_by
from github_app.jobs.reviews import is_review
from github_app.jobs.stopping import asked_to_stop
from github_app.metrics import JOBS
from github_app.replies import wording
from github_app.replies.memory import proposed_note, used_note

log = structlog.get_logger()


async def conclude(
    context: JobContext, *, ending: Ending | None = None, answer_comment_id: int = 0
) -> tuple[Ending, JobReport]:
    """Write down how the job ends and what it has to show; gives both. `ending` counts where the steps have said none."""
    used = await context.services.sandbox_times.of_job(context.job.id)
    seen = report_of(context.results, sandbox_seconds=used.seconds)
    spent = await context.services.usage.of_job(context.job.id)
    session = await context.services.costs.of_session(context.session.id)
    command = context.services.command_in(context.session.repository_id)
    told = await used_by(context)
    of_memory = [used_note(told, command)] if told else []
    proposed = await context.services.memory.of_job(context.job.id)
    of_memory += [proposed_note(entry, command) for entry in proposed]
    seen = msgspec.structs.replace(
        seen,
        answer_comment_id=answer_comment_id,
        # The gateway's own count is what was paid, also for an agent that came to no end; without it there is the CLI's.
        cost_usd=spent.cost_usd if spent.requests else seen.cost_usd,
        session_cost_usd=session.cost_usd,
        # First: of many notes the last ones are not shown, and nobody is to approve what they have not seen.
        notes=(*of_memory, *seen.notes),
        remembers=tuple(entry.number for entry in proposed),
        was_told=seen.was_told and not is_review(context.job),  # which has a conversation of its own, and is made anew
    )
    ending = ending_of(context.ending or ending, context.results)
    if ending.outcome == "waiting":  # until it is told, somebody may have asked to stop: then nobody is asked anything
        ending = asked_to_stop(context.job) or ending
    if seen.can_be_resumed(ending) and ending.outcome != "waiting":  # that is answered
        how = wording.how_to_resume(command)
        ending = msgspec.structs.replace(ending, advice=f"{ending.advice} {how}".strip())
    await context.services.jobs.conclude(context.job.id, ending=msgspec.to_builtins(ending), report=msgspec.to_builtins(seen))
    return ending, seen


async def end(context: JobContext, ending: Ending) -> None:
    """The job has ended like this."""
    if await context.services.jobs.end(context.job.id, ending.outcome):
        JOBS.labels(ending.outcome).inc()
        await log_the_end(context, ending)
        await context.services.children.stir(context.job.id)
        if ending.outcome != "waiting":  # what it may have asked was put to nobody
            await context.services.questions.close(context.job.id, "withdrawn")
        if context.session.pull_number is not None:  # a watch waits for its turn
            await context.services.watches.stir(context.session.repository_id, pull=context.session.pull_number)


async def log_the_end(context: JobContext, ending: Ending) -> None:
    """One line for the operator: how it ended and in which step, and what it took in dollars and in seconds since its turn
    came."""
    steps = await context.services.job_steps.of_job(context.job.id)
    spent = await context.services.usage.of_job(context.job.id)
    began = context.job.started_at or context.job.created_at
    log.log(
        ending.log_level,
        "job ended",
        outcome=ending.outcome,
        happened=ending.happened,
        step=next((row.step for row in steps if row.ending is not None), "report"),
        cost_usd=round(spent.cost_usd if spent.requests else report_of(context.results).cost_usd, 4),
        seconds=round(time.time() - began, 1),
    )
