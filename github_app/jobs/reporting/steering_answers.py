"""What became of a word to the agent at work, told to who said it: that it was taken, or that it came too late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from github_app.github.pacing import Urgency
from github_app.github.threads import Thread
from github_app.jobs.reporting.story import SteeringSeen, Story
from github_app.jobs.reporting.surface import Wanted
from github_app.jobs.services import Services
from github_app.replies.steering import steering_answer, steering_marker
from state.posts import Post


class SteeringAnswers:
    name = "steering"

    def wanted(self, story: Story, posts: Mapping[str, Post]) -> list[Wanted]:
        return [wanted_of(seen) for seen in story.steering if seen.taken or seen.too_late]

    async def create(self, services: Services, thread: Thread, wanted: Wanted) -> int:
        return await where_it_was_said(thread, wanted).write_comment(wanted.body["body"])

    async def find(self, services: Services, story: Story, thread: Thread, wanted: Wanted) -> int | None:
        said = where_it_was_said(thread, wanted)
        return await said.find_comment(steering_marker(wanted.place), since=story.session.created_at - 60)

    async def edit(self, thread: Thread, github_id: int, wanted: Wanted) -> bool:
        return True  # it is said once


def wanted_of(seen: SteeringSeen) -> Wanted:
    said = seen.said
    body = {
        "body": steering_answer(said.message_id, said.by, said.text, taken=seen.taken),
        "number": said.thread,
        "inline": said.inline,
    }
    return Wanted(said.message_id, seen.job_id, "told", Urgency.ANSWER, body)


def where_it_was_said(thread: Thread, wanted: Wanted) -> Thread:
    return replace(thread, number=wanted.body["number"], inline=wanted.body["inline"])
