"""One step of a job: durable, patient while GitHub or the sandboxes are away, and ended by a sentence whatever goes wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Literal

import structlog

from github_app.domain.ending import Ending, JobOver
from github_app.github.client import longer_wait
from github_app.github.failures import InstallationSuspended, NotInstalled, Passing, RateLimited, Refused
from github_app.jobs.context import JobContext
from github_app.jobs.lost_sandbox import SandboxLost, lose_sandbox
from github_app.jobs.services import Services
from github_app.metrics import STEP_SECONDS
from sandbox.protocol import SandboxError, SandboxGone, SandboxUnavailable
from state.database import is_away

log = structlog.get_logger()

Step = Callable[[JobContext], Awaitable[None]]
Verdict = Literal["done", "over", "lost"]

# How long a step waits for GitHub or the sandboxes to come back before the job ends; the last words wait longest, since
# nobody has been told anything yet.
PATIENCE_SECONDS = 30 * 60
LAST_WORDS_PATIENCE_SECONDS = 24 * 60 * 60

# A sandbox backend that is away is asked again after this, and twice as long each time, up to a minute.
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 2.0, 60.0

# These run whatever happened, so a request to stop doesn't keep them from running.
CLOSING_STEPS = ("report", "put_away")


async def take_step(services: Services, job_id: str, step: Step, *, sandbox: int | None = None) -> None:
    """Run a step durably. Raises JobOver when the job ends here; how it ends is in its row by then.

    `sandbox` is for steps that work in one: which of the job's sandboxes it is, from 1. If that one is lost they raise
    SandboxLost.
    """
    name = step.__name__

    async def body() -> Verdict:
        with structlog.contextvars.bound_contextvars(job=job_id, step=name):
            return await run_step(services, job_id, name, step, sandbox)

    verdict = await services.engine.step(name, body)
    if verdict == "over":
        raise JobOver("failed", "the job is over")
    if verdict == "lost":
        raise SandboxLost


async def run_step(services: Services, job_id: str, name: str, step: Step, sandbox: int | None) -> Verdict:
    """The step's body."""
    begun = time.monotonic()
    entered_before = name in await services.jobs.stage_times(job_id)
    await services.jobs.enter_stage(job_id, name)
    closing = name in CLOSING_STEPS
    try:
        if not closing:
            await stop_if_asked(services, job_id)
        body = step if sandbox is None else in_sandbox(step, sandbox)
        await with_patience(services, job_id, name, body, first_try=not entered_before)
    except SandboxLost:
        return "lost"
    except JobOver as over:
        log.info("job over", outcome=over.ending.outcome, happened=over.ending.happened)
        context = await JobContext.load(services, job_id)
        await context.remember(ending=over.ending.to_json())
        return "over"
    except Exception as error:
        if services.engine.stopping or is_away(error):
            raise  # the engine runs the step again: at the next start, or when the database is back
        log.exception("step failed")
        if closing:
            return "done"  # the end is recorded; the reconciler looks after what is left
        context = await JobContext.load(services, job_id)
        await context.remember(ending=unexpected(name, error, job_id).to_json())
        return "over"
    finally:
        STEP_SECONDS.labels(name).observe(time.monotonic() - begun)
    return "done"


def in_sandbox(step: Step, number: int) -> Step:
    """The step, in the job's sandbox of this number: its loss is written down and told as SandboxLost."""

    async def guarded(context: JobContext) -> None:
        if len(context.lost) >= number:  # lost in an earlier try of this step
            await lose_sandbox(context, number, SandboxGone(context.lost[number - 1].why))
        try:
            await step(context)
        except SandboxGone as gone:
            await lose_sandbox(await JobContext.load(context.services, context.job.id), number, gone)

    return guarded


async def stop_if_asked(services: Services, job_id: str) -> None:
    """Raise JobOver when somebody asked for this job to stop."""
    job = await services.jobs.get(job_id)
    if not job.stop_requested:
        return
    if job.stop_why == "withdrawn":
        raise JobOver("withdrawn", f"{job.stop_by} took the label off before the work began.")
    because = " because the thread was closed" if job.stop_why == "closed" else ""
    raise JobOver("stopped", f"{job.stop_by} stopped this job{because}.")


async def with_patience(services: Services, job_id: str, name: str, step: Step, *, first_try: bool) -> None:
    """Try the step until it goes through; what won't go through becomes JobOver with a sentence."""
    patience = LAST_WORDS_PATIENCE_SECONDS if name in CLOSING_STEPS else PATIENCE_SECONDS
    # Only what was waited for in vain counts: not the step's own time, nor the turns that its requests to GitHub wait for.
    left, left_for_limits = float(patience), float(LAST_WORDS_PATIENCE_SECONDS)
    tries = 0
    while True:
        tries += 1
        try:
            await step(await JobContext.load(services, job_id, first_try=first_try and tries == 1))
            return
        except Passing as problem:
            wait = longer_wait(problem, tries)
            if isinstance(problem, RateLimited):  # GitHub is there, and says when it goes on
                left_for_limits -= wait
            else:
                left -= wait
            if min(left, left_for_limits) < 0:
                raise JobOver(
                    "failed",
                    f"{problem}; trying again for {patience // 60} minutes did not help.",
                    advice="Ask again when that is mended.",
                ) from problem
            log.warning("waiting for GitHub", error=str(problem), seconds=wait)
            await asyncio.sleep(wait)
        except InstallationSuspended as problem:
            raise JobOver(
                "failed", "The App's installation is suspended.", advice="Unsuspend it, then ask again."
            ) from problem
        except NotInstalled as problem:
            raise JobOver(
                "failed",
                f"The App is not installed here any more, or is another one ({problem.reason}).",
                advice="Install it, then ask again.",
            ) from problem
        except Refused as problem:
            raise JobOver(
                "failed",
                f"GitHub refused a request: {problem}",
                advice="If a permission is missing, accept the App's new permissions in its installation settings.",
            ) from problem
        except SandboxUnavailable as problem:
            wait = min(FIRST_WAIT_SECONDS * 2 ** (tries - 1), LONGEST_WAIT_SECONDS)
            left -= wait
            if left < 0:
                raise JobOver(
                    "failed",
                    f"No sandbox could be had for {patience // 60} minutes ({problem}).",
                    advice="Ask again later; `harvest doctor` tells an operator more.",
                ) from problem
            log.warning("waiting for sandboxes", error=str(problem), seconds=wait)
            await asyncio.sleep(wait)
        except SandboxGone as problem:
            raise JobOver("failed", f"The sandbox ended unexpectedly: {problem}", advice="Ask again.") from problem
        except SandboxError as problem:
            raise JobOver("failed", f"The sandbox could not do its part: {problem}", advice="Ask again.") from problem


def unexpected(step: str, error: Exception, job_id: str) -> Ending:
    """The end after a mistake of ours: the thread gets a reference, the log has the rest."""
    return Ending(
        "failed",
        f"Harvest made a mistake while it came to `{step}` ({type(error).__name__}).",
        advice=f"Ask again. If it happens twice, tell the operator: the log has it under job {job_id}.",
    )
