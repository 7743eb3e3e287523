"""The session's one comment: written once, then edited, and written anew if somebody deleted it.

Progress is an edit now and then; that a job begins and how it ends is said for certain.
"""

from __future__ import annotations

from collections.abc import Mapping

from github_app.domain.session_status import WaitingJob
from github_app.github.pacing import Urgency
from github_app.github.threads import Thread
from github_app.jobs.reporting.running import look_of, now_running
from github_app.jobs.reporting.story import COMMENT, COMMENT_PLACE, Running, Story, ask_of
from github_app.jobs.reporting.surface import EDIT_SECONDS, Wanted
from github_app.jobs.services import Services
from github_app.replies.comment import marker, session_comment
from state.posts import Post

# The first edit waits for the agent's plan, which is what people look for, but not for ever.
PLAN_SECONDS = 4.0

# An edit notifies nobody, and the reaction has told already that the request was heard: that it begins is not worth an edit
# of its own where the agent's plan is there so soon.
START_SECONDS = 3.0


class SessionComment:
    name = COMMENT

    def wanted(self, story: Story, posts: Mapping[str, Post]) -> list[Wanted]:
        post = posts.get(COMMENT_PLACE)
        if story.running is not None:
            return self._of_the_running(story, story.running, post)
        job = story.being_told
        if job is None:
            return []
        body = {"body": text_of(story, None)}
        return [Wanted(COMMENT_PLACE, job.id, f"{job.id}/ended", Urgency.END, body)]

    def _of_the_running(self, story: Story, running: Running, post: Post | None) -> list[Wanted]:
        job = running.job
        told = post is not None and (post.moment or "").startswith(f"{job.id}/")
        body = {"body": text_of(story, running)}
        if running.agent_since is not None:
            look = look_of(running, lambda timeless: {"body": text_of(story, timeless)})
            moment = f"{job.id}/progress"
            if post is not None and post.moment == moment:
                not_before = deaf_until = (post.written_at or 0.0) + EDIT_SECONDS
            else:
                not_before, deaf_until = running.agent_since + PLAN_SECONDS, 0.0
                if running.progress.tasks:
                    not_before = 0.0
            return [Wanted(COMMENT_PLACE, job.id, moment, Urgency.PROGRESS, body, look, not_before, deaf_until)]
        is_there = post is not None and post.github_id is not None
        if told or (is_there and ask_of(job).target.pull is not None):
            return []  # on a pull request the check run says that it begins
        not_before = (job.started_at or 0.0) + START_SECONDS if is_there else 0.0
        return [Wanted(COMMENT_PLACE, job.id, f"{job.id}/started", Urgency.ANSWER, body, not_before=not_before)]

    async def create(self, services: Services, thread: Thread, wanted: Wanted) -> int:
        return await thread.write_comment(wanted.body["body"])

    async def find(self, services: Services, story: Story, thread: Thread, wanted: Wanted) -> int | None:
        return await thread.find_comment(marker(story.session.id), since=story.session.created_at - 60)

    async def edit(self, thread: Thread, github_id: int, wanted: Wanted) -> bool:
        return await thread.edit_comment(github_id, wanted.body["body"])


def text_of(story: Story, running: Running | None) -> str:
    """The whole comment."""
    now = None if running is None else now_running(running)
    waiting = [WaitingJob(job.id, ask_of(job).actor.login, ask_of(job).shown) for job in story.waiting]
    return session_comment(story.session.id, now, waiting, story.ended, command=story.command, pull_url=story.pull_url)
