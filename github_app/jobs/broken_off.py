"""Requests that were broken off: whether the session's conversation, as it goes on, has them.

A prompt is given to an agent once. A request that came to no end is never taken up again by itself: it is held, and somebody
resumes it, or asks for something else. Then the agent is told which of the two it is.
"""

from __future__ import annotations

from github_app.domain.ask import Ask
from github_app.jobs.context import JobContext
from github_app.jobs.job_report import can_be_resumed, report_in
from github_app.jobs.results import SandboxReleased
from state.jobs import Job


async def what_is_held(context: JobContext) -> Job | None:
    """The last thing that an agent was told of in this session, if that was broken off and this job is asked for another."""
    earlier = await earlier_jobs(context)
    if not earlier or not can_be_resumed(earlier[-1]):
        return None
    before, now = Ask.from_json(earlier[-1].ask).command, context.ask.command
    return earlier[-1] if (before.verb, before.text) != (now.verb, now.text) else None


async def has_what_it_resumes(context: JobContext) -> bool:
    """Whether the conversation ends in the request that this job goes on with: its agent was seen to take it, in the sandbox
    that the session goes on from, and no other one was told anything since."""
    earlier = await earlier_jobs(context)
    if not earlier or earlier[-1].id != context.ask.resumes:
        return False
    before = await JobContext.load(context.services, context.ask.resumes)
    released = before.latest(SandboxReleased)
    if released is None or released.snapshot is None:
        return False
    seen = [lost.last_position for lost in before.lost]
    if before.sandbox_id is not None:
        seen.append(await context.services.logs.last_position(context.session.id, before.job.id))
    return bool(seen) and seen[-1] > (seen[-2] if len(seen) > 1 else 0)


async def earlier_jobs(context: JobContext) -> list[Job]:
    """The session's jobs before this one of which an agent was told, first come first."""
    jobs = await context.services.jobs.of_session(context.session.id)
    return [job for job in jobs if job.number < context.job.number and report_in(job).was_told]
