"""A job's end, told where it was asked: by a comment for each job, which GitHub notifies of, in the thread on a line if it was
asked there; and by a reaction to the comment that asked. An answer has been such a comment already, and nobody is told of what
they stopped themselves, or of each job that a watch started.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from github_app.domain.ask import By
from github_app.github.pacing import Urgency
from github_app.github.threads import Reaction, Thread
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
        news = [(job, ended_job) for job, ended_job in story.to_be_told if is_news(job, ended_job)]
        told = [wanted_of(job, ended_job, story.comment_url, story.command) for job, ended_job in news]
        reactions = [reaction_wanted(job, ended_job) for job, ended_job in story.to_be_told]
        return told + [wanted for wanted in reactions if wanted is not None]

    async def create(self, services: Services, thread: Thread, wanted: Wanted) -> int:
        asked = where_it_was_asked(thread, wanted)
        if "reaction" not in wanted.body:
            return await asked.write_comment(wanted.body["body"])
        await asked.react(wanted.body["comment"], wanted.body["reaction"])
        return int(wanted.body["comment"])

    async def find(self, services: Services, story: Story, thread: Thread, wanted: Wanted) -> int | None:
        if "reaction" in wanted.body:
            return None  # GitHub itself keeps a second one from counting
        asked = where_it_was_asked(thread, wanted)
        return await asked.find_comment(end_marker(wanted.job_id), since=story.session.created_at - 60)

    async def edit(self, thread: Thread, github_id: int, wanted: Wanted) -> bool:
        return True  # it is said once, also where somebody deletes it


def wanted_of(job: Job, ended_job: EndedJob, comment_url: str, command: str) -> Wanted:
    asked = ask_of(job)
    body = {
        "body": end_comment(job.id, ended_job, comment_url, command),
        "number": asked.said_in,
        "inline": asked.origin.inline,
    }
    return Wanted(job.id, job.id, "ended", Urgency.END, body)


def reaction_wanted(job: Job, ended_job: EndedJob) -> Wanted | None:
    """The reaction to the comment that asked, if it was one: a label has none of its own."""
    asked, reaction = ask_of(job), reaction_to(ended_job)
    if reaction is None or not (asked.origin.by is By.COMMENT or asked.origin.inline):
        return None
    body = {
        "reaction": reaction,
        "comment": asked.origin.id,
        "number": asked.said_in,
        "inline": asked.origin.inline,
    }
    return Wanted(f"{job.id}/reaction", job.id, "ended", Urgency.ANSWER, body)


def reaction_to(ended_job: EndedJob) -> Reaction | None:
    """None for what somebody has stopped: they know; and for what is not over."""
    match ended_job.ending.outcome:
        case "stopped" | "withdrawn" | "waiting":
            return None
        case "succeeded" | "no_change":
            return "rocket" if ended_job.published else "+1"
        case _:
            return "confused"


def where_it_was_asked(thread: Thread, wanted: Wanted) -> Thread:
    return replace(thread, number=wanted.body["number"], inline=wanted.body["inline"])


def answered_where_it_was_asked(job: Job, ended_job: EndedJob) -> bool:
    """A review stands on the pull request, wherever it was asked for."""
    asked, review = ask_of(job), ended_job.report.review
    return review is None or (review.pull == asked.target.thread and not asked.origin.inline)


def is_news(job: Job, ended_job: EndedJob) -> bool:
    """Whether who asked does not know of it yet. A watch tells of its jobs itself, when it is over, and the end of what an
    agent has had begun elsewhere is told where that was asked for; but who is to answer something is told in its thread, and
    so are the commands that take work which was kept: they stand in that comment alone."""
    if ended_job.report.steps:
        return True
    if ask_of(job).origin.by is By.SPAWN:
        return ended_job.ending.outcome == "waiting"
    if ask_of(job).origin.by is By.WATCH or (ended_job.answer_url and answered_where_it_was_asked(job, ended_job)):
        return False
    return ended_job.ending.outcome not in ("stopped", "withdrawn") or job.stop_by != ended_job.asked_by
