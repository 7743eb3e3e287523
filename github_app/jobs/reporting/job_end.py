"""A job's end, told where it was asked by something that GitHub notifies of: a comment for each job, in the thread on a line
if it was asked there. An answer has been such a comment already, and nobody is told of what they stopped themselves, or of
each job that a watch started.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from github_app.domain.ask import By
from github_app.github.pacing import Urgency
from github_app.github.threads import Thread
from github_app.jobs.reporting.story import Story, ask_of
from github_app.jobs.reporting.surface import Wanted
from github_app.jobs.services import Services
from github_app.replies.comment import EndedJob
from github_app.replies.end import end_comment, end_marker
from state.jobs import Job
from state.posts import Post


class JobEnd:
    name = "end"

    def wanted(self, story: Story, posts: Mapping[str, Post]) -> list[Wanted]:
        return [wanted_of(job, ended_job, story.comment_url) for job, ended_job in story.to_be_told if is_news(job, ended_job)]

    async def create(self, services: Services, thread: Thread, wanted: Wanted) -> int:
        return await where_it_was_asked(thread, wanted).write_comment(wanted.body["body"])

    async def find(self, services: Services, story: Story, thread: Thread, wanted: Wanted) -> int | None:
        asked = where_it_was_asked(thread, wanted)
        return await asked.find_comment(end_marker(wanted.job_id), since=story.session.created_at - 60)

    async def edit(self, thread: Thread, github_id: int, wanted: Wanted) -> bool:
        return True  # it is said once, also where somebody deletes it


def wanted_of(job: Job, ended_job: EndedJob, comment_url: str) -> Wanted:
    asked = ask_of(job)
    body = {
        "body": end_comment(job.id, ended_job, comment_url),
        "number": asked.target.thread,
        "inline": asked.origin.inline,
    }
    return Wanted(job.id, job.id, "ended", Urgency.END, body)


def where_it_was_asked(thread: Thread, wanted: Wanted) -> Thread:
    return replace(thread, number=wanted.body["number"], inline=wanted.body["inline"])


def answered_where_it_was_asked(job: Job, ended_job: EndedJob) -> bool:
    """A review stands on the pull request, wherever it was asked for."""
    asked, review = ask_of(job), ended_job.report.review
    return review is None or (review.pull == asked.target.thread and not asked.origin.inline)


def is_news(job: Job, ended_job: EndedJob) -> bool:
    """Whether who asked does not know of it yet. A watch tells of its jobs itself, when it is over."""
    if ask_of(job).origin.by is By.WATCH or (ended_job.answer_url and answered_where_it_was_asked(job, ended_job)):
        return False
    return ended_job.ending.outcome not in ("stopped", "withdrawn") or job.stop_by != ended_job.asked_by
