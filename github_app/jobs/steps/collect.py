"""Collect: the agent's commits leave the sandbox as one bundle; what it left uncommitted is committed for it."""

from __future__ import annotations

import time

from github_app.jobs.commits import collected_commits
from github_app.jobs.context import JobContext
from github_app.jobs.results import CommitsCollected


async def collect(context: JobContext) -> CommitsCollected:
    collected = await collected_commits(context, await context.sandbox())
    return CommitsCollected(collected_at=round(time.time()), notes=tuple(collected.notes))
