"""Collect: the agent's commits leave the sandbox as one bundle; what it left uncommitted is committed for it."""

from __future__ import annotations

import time

from github_app.domain.ending import JobOver
from github_app.github.failures import Passing
from github_app.jobs.context import JobContext
from sandbox.bundle import CollectError
from sandbox.collect import Collected, CollectSpec, NoChange
from sandbox.collect import collect as bring_out
from sandbox.protocol import Sandbox

BUNDLE_FILE = "collected.bundle"


async def collect(context: JobContext) -> None:
    collected = await collect_from(context, await context.sandbox())
    await context.add_notes(*collected.notes)
    await context.remember(collected_at=round(time.time()))


async def collect_from(context: JobContext, sandbox: Sandbox) -> Collected:
    """Write the bundle into the job's folder. Raises JobOver when there is nothing to publish."""
    detail = context.job.detail
    context.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    spec = CollectSpec(
        branch=context.branch,
        start_sha=detail["start_sha"],
        base_sha=context.job.base_sha or detail["start_sha"],
        message=f"{context.card.title or context.request.title}\n",
    )
    try:
        collected = await bring_out(sandbox, spec, context.folder / BUNDLE_FILE)
    except CollectError as problem:
        raise JobOver("failed", f"Nothing was published: {problem}.") from problem
    except OSError as problem:
        raise Passing("write the bundle", f"the state directory can't be written ({problem.strerror})", 30) from problem
    if isinstance(collected, NoChange):
        raise JobOver("no_change", " ".join(["The agent changed nothing.", *collected.notes]))
    return collected
