"""A job's check runs: on a pull request one on the commit that was asked about, from its waiting to its end; and one on the
commit that was pushed, if there is one, or that shows a plan.

A finished check run is not moved to another commit: the one that showed the work on the old head is closed with a word, and a
new one is created on the new head.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from github_app.github.pacing import Urgency
from github_app.github.threads import Thread
from github_app.jobs.job_report import ending_in, report_in
from github_app.jobs.reporting.running import look_of, now_running
from github_app.jobs.reporting.story import Running, Story, ask_of
from github_app.jobs.reporting.surface import EDIT_SECONDS, Wanted
from github_app.jobs.reviews import is_review
from github_app.jobs.services import Services
from github_app.replies.check_run import CHECK_NAME, concluded, created, moved_on, now_at_work, now_queued
from state.jobs import Job
from state.posts import Post

# The moments of what shows how far it has come, and how it ended. What is over so soon after the agent began was told by its
# beginning, and is told by its end.
PROGRESS = "progress"
ENDED = "ended"
FIRST_SECONDS = 10.0


class JobCheckRun:
    name = "check run"

    def wanted(self, story: Story, posts: Mapping[str, Post]) -> list[Wanted]:
        return [wanted for ahead, job in enumerate(story.unfinished) for wanted in wanted_of(story, job, ahead, posts)]

    async def create(self, services: Services, thread: Thread, wanted: Wanted) -> int:
        sha = commit_of(wanted)
        # Until the session has a comment, what there is to read is the thread.
        details = {"details_url": services.web_url(thread.repository, "issues", thread.number), **wanted.body}
        made = await thread.request("POST", "/check-runs", created(wanted.job_id, sha, details))
        await services.jobs.update(wanted.job_id, head_sha=sha)
        return int(made["id"])

    async def find(self, services: Services, story: Story, thread: Thread, wanted: Wanted) -> int | None:
        """A check run of another App can carry any external_id."""
        query = f"check_name={CHECK_NAME}&filter=all&per_page=100"
        found = await thread.request("GET", f"/commits/{commit_of(wanted)}/check-runs?{query}")
        for run in found["check_runs"]:
            if run["external_id"] == wanted.job_id and run["app"]["id"] == services.app_id:
                await services.jobs.update(wanted.job_id, head_sha=commit_of(wanted))
                return int(run["id"])
        return None

    async def edit(self, thread: Thread, github_id: int, wanted: Wanted) -> bool:
        await thread.request("PATCH", f"/check-runs/{github_id}", dict(wanted.body))
        return True


def wanted_of(story: Story, job: Job, ahead: int, posts: Mapping[str, Post]) -> list[Wanted]:
    """What should stand of this job; `ahead` is how many unfinished ones came before it."""
    pull, ending, report, began = ask_of(job).target.pull, ending_in(job), report_in(job), job.started_at
    if ending is not None:
        end = concluded(ending, report, began, only_reads=is_review(job))
        wanted = []
        if pull is not None and (not report.pushed_sha or place_of(job, pull.sha) in posts):
            body = moved_on(report.pushed_sha, began) if report.pushed_sha else end
            wanted.append(said(story, job, pull.sha, ENDED, Urgency.END, body))
        if report.pushed_sha:
            wanted.append(said(story, job, report.pushed_sha, ENDED, Urgency.END, end))
        if report.plan is not None and report.plan.pull_sha:
            wanted.append(said(story, job, report.plan.pull_sha, ENDED, Urgency.END, end))
        return wanted
    if pull is None:
        return []
    if story.running is not None and story.running.job.id == job.id:
        return of_the_running(story, story.running, pull.sha, posts.get(place_of(job, pull.sha)))
    if ahead and job.state == "queued":
        return [said(story, job, pull.sha, "queued", Urgency.ANSWER, now_queued(ahead))]
    return []


def of_the_running(story: Story, running: Running, sha: str, post: Post | None) -> list[Wanted]:
    """That it began is said at once, what the agent does now and then."""
    job, began = running.job, running.job.started_at
    body = now_at_work(now_running(running), began)
    told = post is not None and post.moment in ("started", PROGRESS)
    if post is None or not told:
        return [said(story, job, sha, "started", Urgency.ANSWER, body)]
    if running.agent_since is None:
        return []
    due = running.agent_since + FIRST_SECONDS if post.moment == "started" else (post.written_at or 0.0) + EDIT_SECONDS
    look = look_of(running, lambda timeless: now_at_work(now_running(timeless), began))
    wanted = said(story, job, sha, PROGRESS, Urgency.PROGRESS, body)
    return [replace(wanted, look=look, not_before=due, deaf_until=due)]


def said(story: Story, job: Job, sha: str, moment: str, urgency: Urgency, body: dict[str, Any]) -> Wanted:
    details = {"details_url": story.comment_url} if story.comment_url else {}
    return Wanted(place_of(job, sha), job.id, moment, urgency, {**body, **details})


def place_of(job: Job, sha: str) -> str:
    return f"{job.id}/{sha}"


def commit_of(wanted: Wanted) -> str:
    return wanted.place.partition("/")[2]
