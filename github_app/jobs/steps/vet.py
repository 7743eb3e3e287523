"""Vet: in a clean repository that never ran the agent's code, decide whether its commits may be published."""

from __future__ import annotations

from github_app.jobs.commits import changes_of, vetted_commits
from github_app.jobs.context import JobContext
from github_app.jobs.results import CommitsCollected, CommitsVetted


async def vet(context: JobContext) -> CommitsVetted:
    return changes_of(await vetted_commits(context, not_after=context.found(CommitsCollected).collected_at))
