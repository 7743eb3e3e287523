"""Collect: the agent's commits leave the sandbox as one bundle; what it left uncommitted is committed for it."""

from __future__ import annotations

import time

from github_app.domain.ending import JobOver
from github_app.jobs.commits import collected_commits
from github_app.jobs.context import JobContext
from github_app.jobs.results import BranchChosen, CommitsCollected
from github_app.replies import endings


async def collect_rebased(context: JobContext) -> CommitsCollected:
    """The same of a branch that was to be put on top of its base. One that stands where it stood is a rebase that failed."""
    try:
        return await collect(context)
    except JobOver as over:
        if over.ending.outcome != "no_change":
            raise
        raise JobOver.of(endings.not_rebased(context.found(BranchChosen).base_branch)) from over


async def collect(context: JobContext) -> CommitsCollected:
    collected = await collected_commits(context, await context.sandbox())
    return CommitsCollected(collected_at=round(time.time()), notes=tuple(collected.notes))
