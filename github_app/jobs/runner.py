"""Carries out a job: the steps of its recipe, one after the other, to an end that a person can see.

Each step is durable: after a crash the job goes on behind the last finished one, and every step can be repeated without a
second effect. It is patient while GitHub or the sandboxes are away, and whatever goes wrong ends in a sentence.
"""

from __future__ import annotations

import asyncio
import time
from typing import Literal

import msgspec
import structlog

from github_app.domain.ending import Ending, JobOver
from github_app.jobs.all_recipes import recipe_of
from github_app.jobs.context import JobContext
from github_app.jobs.failures import (
    LAST_WORDS_PATIENCE_SECONDS,
    PATIENCE_SECONDS,
    Attempt,
    End,
    Retry,
    decide,
    mistake_of_ours,
)
from github_app.jobs.lost_sandbox import LOSE_SANDBOX, SANDBOXES_A_JOB, lost_too_often, what_is_left
from github_app.jobs.recipe import Recipe, Step
from github_app.jobs.results import CommitsPushed, StepResult
from github_app.jobs.services import Services
from github_app.jobs.stopping import asked_to_stop
from github_app.metrics import STEP_SECONDS
from sandbox.protocol import SandboxGone
from state.database import is_away
from state.jobs import JobGivenUp

log = structlog.get_logger()

# How a step came out: done, the job is over, or its sandbox is lost.
Verdict = Literal["done", "over", "lost"]


async def carry_out(services: Services, job_id: str) -> None:
    """Carry out the job with this id."""
    recipe = recipe_of(await services.jobs.get(job_id))
    await carry_out_the_work(services, job_id, recipe)
    for step in recipe.closing:
        await take(services, job_id, step, closing=True)


async def carry_out_the_work(services: Services, job_id: str, recipe: Recipe) -> None:
    """All but the closing steps. When a sandbox is lost, those that work in one are done again in another, from what is left;
    the last one's loss is the job's end."""
    if await take_all(services, job_id, recipe.opening, 0) == "over":
        return
    for sandbox in range(1, SANDBOXES_A_JOB + 1):
        if await take_all(services, job_id, recipe.in_sandbox, sandbox) != "lost":
            return


async def take_all(services: Services, job_id: str, steps: tuple[Step, ...], sandbox: int) -> Verdict:
    for step in steps:
        if (verdict := await take(services, job_id, step, sandbox=sandbox)) != "done":
            return verdict
    return "done"


async def take(services: Services, job_id: str, step: Step, *, sandbox: int = 0, closing: bool = False) -> Verdict:
    """Take one step durably. `sandbox` is the number of the job's sandbox that it works in, from 1, and 0 for none."""

    async def body() -> Verdict:
        with structlog.contextvars.bound_contextvars(job=job_id, step=step.id):
            return await run_step(services, job_id, step, sandbox, closing)

    return await services.engine.step(step.id, body)


async def run_step(services: Services, job_id: str, step: Step, sandbox: int, closing: bool) -> Verdict:
    """The step's body: what it finds out is stored, or how it ends the job."""
    begun = time.monotonic()
    row, first_try = await services.job_steps.enter(job_id, step.id, sandbox)
    if row.finished_at is not None:  # before a crash, and the engine did not come to know it
        return "done" if row.ending is None else "over"
    try:
        if sandbox and len((await JobContext.load(services, job_id)).lost) >= sandbox:  # likewise
            raise SandboxGone("it was lost before")
        if not closing and (ending := asked_to_stop(await services.jobs.get(job_id))) is not None:
            raise JobOver.of(ending)
        result = await with_patience(services, job_id, step, sandbox, row.started_at, first_try=first_try, closing=closing)
    except JobOver as over:
        return await end_with(services, job_id, step, sandbox, over.ending, over.found)
    except SandboxGone as gone:
        return await lose_sandbox(services, job_id, step, sandbox, gone)
    except Exception as error:
        if services.engine.stopping or is_away(error):
            raise  # the engine runs the step again: at the next start, or when the database is back
        log.exception("step failed")
        if closing:
            return "done"  # the end is recorded; the reconciler looks after what is left
        return await end_with(services, job_id, step, sandbox, mistake_of_ours(step.id, error, job_id))
    finally:
        STEP_SECONDS.labels(step.id).observe(time.monotonic() - begun)
    await services.job_steps.finish(job_id, step.id, sandbox, result=msgspec.to_builtins(result))
    return "done"


async def end_with(
    services: Services, job_id: str, step: Step, sandbox: int, ending: Ending, found: msgspec.Struct | None = None
) -> Verdict:
    """Write down how the job ends, and what the step had found out until then."""
    log.info("job over", outcome=ending.outcome, happened=ending.happened)
    await services.job_steps.finish(
        job_id,
        step.id,
        sandbox,
        result=None if found is None else msgspec.to_builtins(found),
        ending=msgspec.to_builtins(ending),
    )
    return "over"


async def lose_sandbox(services: Services, job_id: str, step: Step, sandbox: int, gone: SandboxGone) -> Verdict:
    """Write down that the job's sandbox of this number is lost, and what is left of it, once."""
    context = await JobContext.load(services, job_id)
    if len(context.lost) < sandbox:
        await services.job_steps.finish(
            job_id, LOSE_SANDBOX, sandbox, result=msgspec.to_builtins(await what_is_left(context, gone))
        )
    if sandbox < SANDBOXES_A_JOB:
        return "lost"
    return await end_with(services, job_id, step, sandbox, lost_too_often(sandbox, gone))


async def with_patience(
    services: Services, job_id: str, step: Step, sandbox: int, entered_at: float, *, first_try: bool, closing: bool
) -> StepResult:
    """Try the step until it goes through. Raises JobOver for what won't go through, and SandboxGone by one that works in a
    sandbox."""
    patience = LAST_WORDS_PATIENCE_SECONDS if closing else PATIENCE_SECONDS
    tries, waited, waited_for_limits = 0, 0.0, 0.0
    while True:
        tries += 1
        try:
            is_first = first_try and tries == 1
            return await step.run(await JobContext.load(services, job_id, first_try=is_first, entered_at=entered_at))
        except Exception as problem:
            if sandbox and isinstance(problem, SandboxGone):
                raise
            match decide(problem, Attempt(tries, waited, waited_for_limits, patience)):
                case Retry(after, why, for_limits):
                    log.warning("the step is tried again", why=why, seconds=after)
                    waited_for_limits += after if for_limits else 0
                    waited += 0 if for_limits else after
                    await asyncio.sleep(after)
                case End(ending):
                    raise JobOver.of(ending, getattr(problem, "found", None)) from problem
                case None:
                    raise


def given_up(context: JobContext, error: JobGivenUp) -> Ending:
    """The end of a job in whose step the process ended time and again; what is kept of it is looked for next."""
    pushed = context.latest(CommitsPushed) is not None
    return Ending(
        "failed",
        f"Harvest ended {error.attempts} times while this job was in its step `{error.step}`.",
        kept="The work was pushed: it is on the session's branch." if pushed else "",
        advice=f"Ask again. If it happens again, tell the operator: the log has it under job {context.job.id}.",
    )


async def give_up(services: Services, job_id: str, error: Exception) -> None:
    """The last resort when a job's own function failed or took the process down time and again: say so, and clear away."""
    context = await JobContext.load(services, job_id, first_try=False)
    if context.job.state == "ended":
        return
    recipe = recipe_of(context.job)
    if context.ending is None:
        ending = (
            given_up(context, error)
            if isinstance(error, JobGivenUp)
            else mistake_of_ours(context.job.step or "begin", error, job_id)
        )
        await services.job_steps.finish(job_id, GIVE_UP, ending=msgspec.to_builtins(ending))
    for step in recipe.closing:
        row, _ = await services.job_steps.enter(job_id, step.id)
        if row.finished_at is None:
            found = await step.run(await JobContext.load(services, job_id, first_try=False, entered_at=row.started_at))
            await services.job_steps.finish(job_id, step.id, result=msgspec.to_builtins(found))


# No step of a recipe: what ends a job that nobody could carry out.
GIVE_UP = "give_up"
