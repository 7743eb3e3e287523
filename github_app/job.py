"""A job, told once: from the label or comment to an end that a person can see.

Each line below is a durable step: after a crash the job goes on from the last finished line, and every line can be repeated
without a second effect. Append steps, never reorder them: the record of a job in flight is replayed by position.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from github_app.ending import Ending, JobOver
from github_app.harvest import Harvest
from github_app.lost_sandbox import SANDBOXES_A_JOB, SandboxLost
from github_app.step import take_step, unexpected
from github_app.steps.acknowledge import acknowledge
from github_app.steps.collect import collect
from github_app.steps.open_sandbox import open_sandbox
from github_app.steps.prepare_workspace import prepare_workspace
from github_app.steps.publish import publish
from github_app.steps.put_away import prepared, put_away
from github_app.steps.report import report
from github_app.steps.run_agent import run_agent
from github_app.steps.vet import vet
from github_app.work import Work
from state.jobs import JobGivenUp

KEPT_ON_BRANCH = "The work was pushed: it is on the session's branch."
KEPT_IN_SANDBOX = "The work is in the session's sandbox."


async def carry_out(harvest: Harvest, job_id: str) -> None:
    """Carry out the job with this id."""

    async def step(function: Callable[[Work], Awaitable[None]], *, sandbox: int | None = None) -> None:
        await take_step(harvest, job_id, function, sandbox=sandbox)

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
    await step(put_away)


def given_up(work: Work, error: JobGivenUp) -> Ending:
    """The end of a job in whose step the process ended time and again: what is kept of it, and what to do."""
    pushed = "pushed_sha" in work.job.detail
    return Ending(
        "failed",
        f"Harvest ended {error.attempts} times while this job was in its step `{error.step}`.",
        kept=KEPT_ON_BRANCH if pushed else KEPT_IN_SANDBOX if prepared(work) else "",
        advice=f"Ask again. If it happens again, tell the operator: the log has it under job {work.job.id}.",
    )


async def give_up(harvest: Harvest, job_id: str, error: Exception) -> None:
    """The last resort when a job's own function failed or took the process down time and again: say so, and clear away."""
    work = await Work.load(harvest, job_id, first_try=False)
    if work.job.state == "ended":
        return
    if work.ending is None:
        ending = (
            given_up(work, error) if isinstance(error, JobGivenUp) else unexpected(work.job.stage or "begin", error, job_id)
        )
        await work.remember(ending=ending.to_json())
    for closing in (report, put_away):
        await closing(await Work.load(harvest, job_id, first_try=False))
