"""Check runs that still say that their job waits or runs when it has ended: what a crash, or a GitHub that took nothing for as
long as Harvest waits, left behind. GitHub itself would let them stand for two weeks.

https://docs.github.com/en/rest/checks/runs
"""

from __future__ import annotations

import structlog

from github_app.github.failures import Refused
from github_app.jobs.context import JobContext
from github_app.jobs.reporting.job_check_run import ENDED, JobCheckRun, wanted_of
from github_app.jobs.reporting.session_news import SessionNews
from github_app.jobs.reporting.story import story_of
from github_app.jobs.services import Services
from state.jobs import Job
from state.posts import Post

log = structlog.get_logger()

SURFACE = JobCheckRun()
# What one look takes of them.
MOST = 1_000


async def conclude_orphaned_check_runs(services: Services) -> int:
    """Conclude them as their jobs have ended; gives their number."""
    concluded = 0
    for session_id, post in await services.posts.said_otherwise(SURFACE.name, ENDED, limit=MOST):
        job = await services.jobs.get(post.place.partition("/")[0])
        if job.state != "ended":
            continue

        async def write(job: Job = job, post: Post = post) -> bool:
            await conclude(services, job, post)
            return True

        if await services.leases.while_held(f"report/{session_id}/{SURFACE.name}", write) is not None:
            concluded += 1
    return concluded


async def conclude(services: Services, job: Job, post: Post) -> None:
    """One that is not there, or on a commit that is not, is let alone from now on."""
    context = await JobContext.load(services, job.id)
    story = await story_of(services, job.session_id, SessionNews(services, job.session_id))
    wanted = next((each for each in wanted_of(story, job, 0, {post.place: post}) if each.place == post.place), None)
    github_id = post.github_id
    if wanted is not None:
        thread = await context.thread()
        try:
            github_id = github_id or await SURFACE.find(services, story, thread, wanted)
            if github_id is not None:
                await SURFACE.edit(thread, github_id, wanted)
        except Refused as problem:
            log.warning("a check run could not be concluded", job=job.id, error=str(problem))
    await services.posts.wrote(job.session_id, SURFACE.name, Post(post.place, github_id, ENDED))
