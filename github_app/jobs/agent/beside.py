"""What is done beside an agent at work, again and again: its read token is renewed, and its commits are brought out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import ParamSpec

import structlog

from github_app.github.failures import GitHubProblem
from github_app.github.tokens import Purpose
from github_app.jobs.context import JobContext
from github_app.jobs.results import BranchChosen, WorkspacePrepared
from github_app.jobs.saved_commits import save_commits
from sandbox.bundle import CollectError
from sandbox.git_credentials import refresh_credentials
from sandbox.protocol import Sandbox, SandboxError
from sandbox.saved_commits import bring_out_commits
from state.artifacts import ArtifactsAway

P = ParamSpec("P")

log = structlog.get_logger()

# What has failed, or does not end, is asked again so much later.
AGAIN_SECONDS = 0.5

# The read token lasts an hour; the one in the sandbox is replaced while the old one still works.
RENEW_BEFORE_SECONDS = 15 * 60

# What was brought out last, in the job's folder.
AT_WORK_FILE = "at-work.bundle"


async def renew_credentials(context: JobContext, sandbox: Sandbox) -> None:
    """Replace the read token in the sandbox before it expires."""
    while True:
        await asyncio.sleep(60)
        try:
            token = await context.services.tokens.get(
                context.session.installation_id,
                context.session.repository_id,
                Purpose.READ,
                fresh_seconds=RENEW_BEFORE_SECONDS,
            )
            await refresh_credentials(sandbox, token.value)
        except GitHubProblem as problem:
            log.warning("the read token could not be renewed", error=str(problem))


async def bring_out_what_is_done(context: JobContext, sandbox: Sandbox) -> None:
    """Bring out what the agent has committed so far, so that a sandbox that is lost takes no commit along."""
    known = ""
    if not context.found(BranchChosen).is_saved_meanwhile:
        return
    prepared = context.found(WorkspacePrepared)
    since = (prepared.start_sha, prepared.base_sha)
    bundle = context.folder / AT_WORK_FILE
    await asyncio.to_thread(bundle.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
    while True:
        await asyncio.sleep(context.services.settings.save_seconds)
        try:
            head = await bring_out_commits(sandbox, since, bundle, known=known)
            if head != known:
                await save_commits(context, bundle)
            known = head
        except (SandboxError, CollectError, ArtifactsAway) as problem:
            log.warning("the agent's commits could not be saved", error=str(problem))


async def end_all(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel them and wait until all have ended. What a task calls may turn its cancellation into another error, and it goes
    on: then it is asked again."""
    going_on = set(tasks)
    while going_on:
        for task in going_on:
            task.cancel()
        _, going_on = await asyncio.wait(going_on, timeout=AGAIN_SECONDS)


async def keep_looking(look: Callable[P, Awaitable[None]], *args: P.args, **kwargs: P.kwargs) -> None:
    """Begin a look anew when it fails: the database or the sandbox may be away for a moment, and the run goes on."""
    while True:
        try:
            return await look(*args, **kwargs)
        except Exception:
            log.exception("following the agent", look=look.__name__)
            await asyncio.sleep(AGAIN_SECONDS)
