"""A job, told once: from the label or comment to an end that a person can see.

Each line below is a durable step: after a crash the job goes on from the last finished line, and every line can be repeated
without a second effect. Append steps, never reorder them: the record of a job in flight is replayed by position.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from github_app.domain.ending import Ending, JobOver
from github_app.jobs.context import JobContext
from github_app.jobs.lost_sandbox import SANDBOXES_A_JOB, SandboxLost
from github_app.jobs.services import Services
from github_app.jobs.step_runner import take_step, unexpected
from github_app.jobs.steps.acknowledge import acknowledge
from github_app.jobs.steps.collect import collect
from github_app.jobs.steps.open_sandbox import open_sandbox
from github_app.jobs.steps.prepare_workspace import prepare_workspace
from github_app.jobs.steps.publish import publish
from github_app.jobs.steps.release_sandbox import prepared, release_sandbox
from github_app.jobs.steps.report import report
from github_app.jobs.steps.run_agent import run_agent
from github_app.jobs.steps.vet import vet
from state.jobs import JobGivenUp

KEPT_ON_BRANCH = "The work was pushed: it is on the session's branch."
KEPT_IN_SANDBOX = "The work is in the session's sandbox."


async def carry_out(services: Services, job_id: str) -> None:
    """Carry out the job with this id."""

    async def step(function: Callable[[JobContext], Awaitable[None]], *, sandbox: int | None = None) -> None:
        await take_step(services, job_id, function, sandbox=sandbox)

    try:
        await step(acknowledge)
        for sandbox in range(1, SANDBOXES_A_JOB + 1):
            try:
                await step(open_sandbox, sandbox=sandbox)
                await step(prepare_workspace, sandbox=sandbox)
                await step(run_agent, sandbox=sandbox)
                await step(collect, sandbox=sandbox)
                await step(vet, sandbox=sandbox)
                await step(publish, sandbox=sandbox)
                break
            except SandboxLost:
                continue  # in another one, from what is left; the last one's loss is the job's end
    except JobOver:
        pass  # how it ended stands in the job's row, and is said next
    await step(report)
    await step(release_sandbox)


def given_up(context: JobContext, error: JobGivenUp) -> Ending:
    """The end of a job in whose step the process ended time and again: what is kept of it, and what to do."""
    pushed = "pushed_sha" in context.job.detail
    return Ending(
        "failed",
        f"Harvest ended {error.attempts} times while this job was in its step `{error.step}`.",
        kept=KEPT_ON_BRANCH if pushed else KEPT_IN_SANDBOX if prepared(context) else "",
        advice=f"Ask again. If it happens again, tell the operator: the log has it under job {context.job.id}.",
    )


async def give_up(services: Services, job_id: str, error: Exception) -> None:
    """The last resort when a job's own function failed or took the process down time and again: say so, and clear away."""
    context = await JobContext.load(services, job_id, first_try=False)
    if context.job.state == "ended":
        return
    if context.ending is None:
        ending = (
            given_up(context, error)
            if isinstance(error, JobGivenUp)
            else unexpected(context.job.stage or "begin", error, job_id)
        )
        await context.remember(ending=ending.to_json())
    for closing in (report, release_sandbox):
        await closing(await JobContext.load(services, job_id, first_try=False))
