"""Collect: the agent's commits leave the sandbox as one bundle; what it left uncommitted is committed for it."""

from __future__ import annotations

import time

from github_app.ending import JobOver
from github_app.github.failures import Passing
from github_app.work import Work
from sandbox.bundle import CollectError
from sandbox.collect import Collected, CollectSpec, NoChange
from sandbox.collect import collect as bring_out
from sandbox.protocol import Sandbox

BUNDLE_FILE = "collected.bundle"


async def collect(work: Work) -> None:
    collected = await collect_from(work, await work.sandbox())
    await work.add_notes(*collected.notes)
    await work.remember(collected_at=round(time.time()))


async def collect_from(work: Work, sandbox: Sandbox) -> Collected:
    """Write the bundle into the job's folder. Raises JobOver when there is nothing to publish."""
    detail = work.job.detail
    work.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    spec = CollectSpec(
        branch=work.branch,
        start_sha=detail["start_sha"],
        base_sha=work.job.base_sha or detail["start_sha"],
        message=f"{work.card.title or work.request.title}\n",
    )
    try:
        collected = await bring_out(sandbox, spec, work.folder / BUNDLE_FILE)
    except CollectError as problem:
        raise JobOver("failed", f"Nothing was published: {problem}.") from problem
    except OSError as problem:
        raise Passing("write the bundle", f"the state directory can't be written ({problem.strerror})", 30) from problem
    if isinstance(collected, NoChange):
        raise JobOver("no_change", " ".join(["The agent changed nothing.", *collected.notes]))
    return collected
