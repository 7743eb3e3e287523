"""A job's check runs: on a pull request one on the commit that was asked about, from its waiting to its end; and one on the
commit that was pushed, if there is one.

A finished check run is not moved to another commit: the one that showed the work on the old head is closed with a word, and a
new one is created on the new head.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from github_app.github.pacing import Urgency
from github_app.github.threads import Thread
from github_app.jobs.job_report import ending_in, report_in
from github_app.jobs.reporting.story import Story, ask_of
from github_app.jobs.reporting.surface import Wanted
from github_app.jobs.reviews import is_review
from github_app.jobs.services import Services
from github_app.replies.check_run import CHECK_NAME, concluded, created, moved_on, now_at_work, now_queued
from state.jobs import Job
from state.posts import Post


class JobCheckRun:
    name = "check run"

    def wanted(self, story: Story, posts: Mapping[str, Post]) -> list[Wanted]:
        return [wanted for ahead, job in enumerate(story.unfinished) for wanted in wanted_of(story, job, ahead, posts)]

    async def create(self, services: Services, thread: Thread, wanted: Wanted) -> int:
        sha = commit_of(wanted)
        made = await thread.request("POST", "/check-runs", created(wanted.job_id, sha, dict(wanted.body)))
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
    pull, ending, report = ask_of(job).target.pull, ending_in(job), report_in(job)
    if ending is not None:
        wanted = []
        if pull is not None and (not report.pushed_sha or place_of(job, pull.sha) in posts):
            body = moved_on(report.pushed_sha) if report.pushed_sha else concluded(ending, report, only_reads=is_review(job))
            wanted.append(said(job, pull.sha, "ended", Urgency.END, body))
        if report.pushed_sha:
            wanted.append(said(job, report.pushed_sha, "ended", Urgency.END, concluded(ending, report)))
        return wanted
    if pull is None:
        return []
    if story.running is not None and story.running.job.id == job.id:
        return [said(job, pull.sha, "started", Urgency.ANSWER, now_at_work())]
    return [said(job, pull.sha, "queued", Urgency.ANSWER, now_queued(ahead))] if ahead and job.state == "queued" else []


def said(job: Job, sha: str, moment: str, urgency: Urgency, body: dict[str, Any]) -> Wanted:
    return Wanted(place_of(job, sha), job.id, moment, urgency, body)


def place_of(job: Job, sha: str) -> str:
    return f"{job.id}/{sha}"


def commit_of(wanted: Wanted) -> str:
    return wanted.place.partition("/")[2]
