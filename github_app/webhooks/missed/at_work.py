"""What was asked for in repositories at work, and GitHub never told of: comments, follow-ups, and labels put on once more.

Two lists tell of all that is new in a repository, and cost nothing of GitHub's hourly limit while nothing is. They are read
from where the last look ended. What is found goes into the inbox in the form of the delivery that was missed, under the same
key, so that it is checked and handled like any other, and once, whether GitHub sends it after all or not.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import structlog

from github_app.github.failures import Refused
from github_app.jobs.services import Services
from github_app.webhooks.missed.comments import queue_lost_comments
from github_app.webhooks.missed.labels import LOOK_BACK_SECONDS
from github_app.webhooks.missed.relabels import queue_lost_relabels

log = structlog.get_logger()

# People come back to a pull request after a week, not often after two.
AT_WORK_SECONDS = 14 * 24 * 60 * 60

# Each costs two requests a look where something is new: with all of them busy, half of an installation's hour.
MOST_REPOSITORIES = 100


async def queue_lost_requests(services: Services) -> int:
    """Put what was asked for and never arrived into the inbox; gives its number."""
    now, queued = time.time(), 0
    for repository in await services.jobs.repositories_at_work(since=now - AT_WORK_SECONDS, limit=MOST_REPOSITORIES):
        # What is older than its first session may have been dealt with before there was this database.
        oldest = datetime.fromtimestamp(max(repository.began_at, now - LOOK_BACK_SECONDS), UTC)
        try:
            queued += await queue_lost_comments(services, repository, oldest)
            queued += await queue_lost_relabels(services, repository, oldest)
        except Refused as problem:
            # It went away, or the App was taken off it; what is asked for in the others is found all the same.
            log.info("a repository could not be looked at", repository=repository.repository, error=str(problem))
    return queued
