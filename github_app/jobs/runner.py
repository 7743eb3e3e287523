"""Carries out a job: the steps of its recipe, one after the other, to an end that a person can see.

Each step is durable: after a crash the job goes on behind the last finished one, and every step can be repeated without a
second effect. It is patient while GitHub or the sandboxes are away, and whatever goes wrong ends in a sentence.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar

import msgspec
import structlog

from github_app.domain.ending import Ending, JobOver
from github_app.domain.session_events import StepEntered
from github_app.jobs.agent.access import revoke
from github_app.jobs.agent.tools import get_ready_for_tools
from github_app.jobs.all_recipes import UnknownRecipe, all_recipes, closing_of, recipe_of
from github_app.jobs.conclusion import conclude, end
from github_app.jobs.context import JobContext
from github_app.jobs.failures import (
    LAST_TRY_PATIENCE_SECONDS,
    LAST_WORDS_PATIENCE_SECONDS,
    PATIENCE_SECONDS,
    Attempt,
    End,
    Retry,
    decide,
)
from github_app.jobs.job_report import ending_in
from github_app.jobs.lost_sandbox import LOSE_SANDBOX, SANDBOXES_A_JOB, what_is_left
from github_app.jobs.recipe import Recipe, Step
from github_app.jobs.results import CommitsPushed, StepResult
from github_app.jobs.services import Services
from github_app.jobs.stopping import asked_to_stop
from github_app.metrics import STEP_SECONDS
from github_app.replies import endings
from sandbox.protocol import SandboxGone
from state.database import is_away
from state.holding import must_be_ours
from state.jobs import JobGivenUp

log = structlog.get_logger()

R = TypeVar("R")

# How a step came out: done, the job is over, or its sandbox is lost.
Verdict = Literal["done", "over", "lost"]


async def carry_out(services: Services, job_id: str) -> None:
    """Carry out the job with this id."""
    structlog.contextvars.bind_contextvars(**await place_in_the_log(services, job_id))  # the whole task is this job's
    job = await services.jobs.get(job_id)
    try:
        recipe = recipe_of(job)
    except UnknownRecipe as unknown:  # as no step of the engine's: which ones it had, only another version knows
        log.warning("a job can't go on", problem=str(unknown))
        await give_up(services, job_id, unknown)
        return
    if job.state == "queued":
        log.info("job begins", recipe=job.recipe, waited_seconds=round(time.time() - job.created_at, 1))
    else:
        log.info("job goes on", recipe=job.recipe, step=job.step)
    await carry_out_the_work(services, job_id, recipe)
    for step in recipe.closing:
        await StepRun(services, job_id, step, closing=True).take()


async def place_in_the_log(services: Services, job_id: str) -> dict[str, str | int]:
    """What stands on every line of the job's: which one it is, and on which issue or pull request it was asked for."""
    job = await services.jobs.get(job_id)
    session = await services.sessions.get(job.session_id)
    return {"job": job_id, "repository": session.repository, "thread": session.thread}


async def carry_out_the_work(services: Services, job_id: str, recipe: Recipe) -> None:
    """All but the closing steps. When a sandbox is lost, those that work in one are done again in another, from what is left;
    the last one's loss is the job's end."""
    if recipe.in_sandbox:
        get_ready_for_tools(services)
    if await take_all(services, job_id, recipe.opening, 0) == "over":
        return
    for sandbox in range(1, SANDBOXES_A_JOB + 1):
        if await take_all(services, job_id, recipe.in_sandbox, sandbox) != "lost":
            return


async def take_all(services: Services, job_id: str, steps: tuple[Step, ...], sandbox: int) -> Verdict:
    for step in steps:
        if (verdict := await StepRun(services, job_id, step, sandbox).take()) != "done":
            return verdict
    return "done"


@dataclass(frozen=True)
class StepRun:
    """One step of a job being run. `sandbox` is the number of the job's sandbox that it works in, from 1, and 0 for none. A
    `closing` one is run however the job ends, and does not change that any more."""

    services: Services
    job_id: str
    step: Step
    sandbox: int = 0
    closing: bool = False

    async def take(self) -> Verdict:
        """Run it durably."""

        async def body() -> Verdict:
            with structlog.contextvars.bound_contextvars(step=self.step.id):
                return await self._run()

        return await self.services.engine.step(self.step.id, body)

    async def _run(self) -> Verdict:
        begun = time.monotonic()
        row, first_try = await self.services.job_steps.enter(self.job_id, self.step.id, self.sandbox)
        if row.finished_at is not None:  # before a crash, and the engine did not come to know it
            return "done" if row.ending is None else "over"
        try:
            return await self._come_through(row.started_at, first_try=first_try)
        except Exception as problem:
            if self.services.engine.stopping or is_away(problem):
                raise  # the engine runs the step again: at the next start, or when the database is back
            if self.closing:
                # Later looks try once more, and see to it that the job ends (github_app/maintenance/leftovers.py).
                log.exception("a closing step failed")
                return "done"
            if isinstance(problem, JobOver):
                return await self._end_with(problem.ending, problem.found)
            log.exception("step failed")
            return await self._end_with(endings.mistake_of_ours(self.step.id, problem, self.job_id))
        finally:
            STEP_SECONDS.labels(self.step.id).observe(time.monotonic() - begun)

    async def _come_through(self, entered_at: float, *, first_try: bool) -> Verdict:
        """To its result, which is stored, or to the loss of its sandbox. Raises JobOver, and what is a mistake of ours."""
        patience = LAST_WORDS_PATIENCE_SECONDS if self.closing else PATIENCE_SECONDS
        load = partial(JobContext.load, self.services, self.job_id, entered_at=entered_at, patience=patience)
        context = await load(first_try=first_try)
        # What was pushed is shown, whoever asks to stop now.
        if not self.closing and context.latest(CommitsPushed) is None and (ending := asked_to_stop(context.job)) is not None:
            raise JobOver.of(ending)
        if 0 < self.sandbox <= len(context.lost):  # before a crash, and the engine did not come to know it
            return await self._lose_sandbox(SandboxGone(context.lost[self.sandbox - 1].why))
        await context.append(StepEntered(step=self.step.id, sandbox=self.sandbox))

        async def attempt(first: bool) -> StepResult:
            return await self.step.run(context if first else await load(first_try=False))

        try:
            result = await with_patience(self.services, attempt, patience, but_for=SandboxGone if self.sandbox else None)
        except SandboxGone as gone:
            if self.services.engine.stopping:
                raise
            return await self._lose_sandbox(gone)
        await self._finish(result)
        return "done"

    async def _finish(self, result: msgspec.Struct | None, ending: Ending | None = None) -> None:
        await self.services.job_steps.finish(
            self.job_id,
            self.step.id,
            self.sandbox,
            result=None if result is None else msgspec.to_builtins(result),
            ending=None if ending is None else msgspec.to_builtins(ending),
        )

    async def _end_with(self, ending: Ending, found: msgspec.Struct | None = None) -> Verdict:
        """Write down how the job ends, and what the step had found out until then. No agent is to work for it any more."""
        await revoke(self.services, self.job_id)
        await self._finish(found, ending)
        return "over"

    async def _lose_sandbox(self, gone: SandboxGone) -> Verdict:
        """Write down that the job's sandbox of this number is lost, and what is left of it, once. The token of its agent, who
        may have sent it away, is useless from now on."""
        await revoke(self.services, self.job_id)
        context = await JobContext.load(self.services, self.job_id)
        if len(context.lost) < self.sandbox:
            left = await with_patience(self.services, lambda _: what_is_left(context, gone), PATIENCE_SECONDS)
            await self.services.job_steps.finish(self.job_id, LOSE_SANDBOX, self.sandbox, result=msgspec.to_builtins(left))
        if self.sandbox < SANDBOXES_A_JOB:
            return "lost"
        return await self._end_with(endings.sandbox_lost_too_often(self.sandbox, str(gone)))


async def with_patience(
    services: Services,
    attempt: Callable[[bool], Awaitable[R]],
    patience: float,
    *,
    but_for: type[Exception] | None = None,
) -> R:
    """Try it until it goes through; it is told whether this is the first try. `patience` is how many seconds may be waited for
    it in vain. Raises JobOver for what won't go through, and what is `but_for` as it is."""
    tries, waited, waited_for_limits = 0, 0.0, 0.0
    while True:
        tries += 1
        await must_be_ours()
        try:
            return await attempt(tries == 1)
        except Exception as problem:
            if services.engine.stopping or (but_for is not None and isinstance(problem, but_for)):
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


def why_nobody_could(context: JobContext, error: Exception) -> Ending:
    """The end of a job that nobody could carry out; what is kept of it is looked for next."""
    if context.job.recipe not in all_recipes():
        return endings.unknown_recipe(context.job.recipe)
    if isinstance(error, JobGivenUp):  # the process ended time and again in the same step
        pushed = context.latest(CommitsPushed) is not None
        return endings.given_up(error.attempts, error.step, context.job.id, pushed=pushed)
    return endings.mistake_of_ours(context.job.step or "begin", error, context.job.id)


async def give_up(services: Services, job_id: str, error: Exception) -> None:
    """The last resort when a job's own function failed or took the process down time and again: say so, and clear away. What
    can't be done now and may be later is raised, for another try; nothing else keeps the job from its end."""
    with structlog.contextvars.bound_contextvars(**await place_in_the_log(services, job_id)):
        context = await JobContext.load(services, job_id, first_try=False)
        if context.job.state != "ended":
            await bring_to_its_end(context, error)


async def bring_to_its_end(context: JobContext, error: Exception) -> None:
    services, job_id = context.services, context.job.id
    if context.ending is None and ending_in(context.job) is None:
        ending = why_nobody_could(context, error)
        await services.job_steps.finish(job_id, GIVE_UP, ending=msgspec.to_builtins(ending))
    for step in closing_of(context.job):
        row, _ = await services.job_steps.enter(job_id, step.id)
        if row.finished_at is None:
            context = await JobContext.load(
                services, job_id, first_try=False, entered_at=row.started_at, patience=LAST_TRY_PATIENCE_SECONDS
            )
            found = await last_try(context, step)
            await services.job_steps.finish(job_id, step.id, result=None if found is None else msgspec.to_builtins(found))
    context = await JobContext.load(services, job_id)
    ending, _ = await conclude(context)
    await end(context, ending)


async def last_try(context: JobContext, step: Step) -> StepResult | None:
    """None when the step won't go through. Raises what may pass."""
    try:
        return await step.run(context)
    except Exception as problem:
        once = Attempt(1, 0.0, 0.0, LAST_WORDS_PATIENCE_SECONDS)
        if context.services.engine.stopping or is_away(problem) or isinstance(decide(problem, once), Retry):
            raise
        log.exception("a closing step was given up", step=step.id)
        return None


# No step of a recipe: what ends a job that nobody could carry out.
GIVE_UP = "give_up"
