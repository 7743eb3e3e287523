"""A lesson in the demo: the first job's agent proposes it, a maintainer keeps it, and the follow-up is told."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import Any

from github_app.operator.demo.onlooker import Onlooker
from github_app.operator.demo.processes import DemoFailed
from github_app.operator.demo.stage import Stage

PROPOSED = re.compile(r"Proposed for memory, a lesson: (?P<text>.+?) `(?P<command>/harvest memory approve (?P<number>\d+))`")


@dataclass(frozen=True)
class Lesson:
    """What was kept, and `by` whom; `asked_at` is when they said so, in seconds since the epoch."""

    number: int
    text: str
    command: str
    by: str
    asked_at: float

    @property
    def told(self) -> str:
        """How a prompt has it: as what somebody approved, where the agent's own words of before have not."""
        return f"approved by {self.by}): {self.text}"


async def keep_lesson(onlooker: Onlooker) -> Lesson:
    """The maintainer reads in the session's comment what is proposed, and says yes to it."""
    proposed = PROPOSED.search((await onlooker.session_comment())["body"])
    if proposed is None:
        raise DemoFailed("no lesson is proposed in the comment")
    onlooker.screen.happened("it proposes a lesson for later jobs", proposed["text"])
    by = onlooker.maintainer.login
    lesson = Lesson(int(proposed["number"]), proposed["text"], proposed["command"], by, time.time())
    await onlooker.maintainer.post(f"{onlooker.path}/issues/{onlooker.issue}/comments", {"body": lesson.command})
    onlooker.screen.happened(f"{by} keeps it", lesson.command, mark="●")

    async def confirmed() -> bool:
        said = [comment["body"] for comment in await onlooker.comments_of_harvest(onlooker.issue)]
        return any(text.startswith("<!-- harvest:answer:") and lesson.text in text for text in said)

    await onlooker.see("Harvest answers that later jobs are told it", confirmed)
    return lesson


async def see_lesson_used(stage: Stage, onlooker: Onlooker, lesson: Lesson) -> None:
    """The model was told it in a later job, and Harvest says so to people."""
    if not any(lesson.told in json.dumps(body, ensure_ascii=False) for body in await sent_to_the_model(stage)):
        raise DemoFailed(f"the follow-up was not told the lesson that was kept: {lesson.text}")
    note = f"Used from memory: {lesson.number}."

    async def says_so() -> bool:
        return note in (await onlooker.session_comment())["body"]

    await onlooker.wait(says_so, "what was used from memory")
    onlooker.screen.happened("the agent was told the lesson, and the comment says so", note)


async def sent_to_the_model(stage: Stage) -> list[Any]:
    """The bodies of all requests to the scripted model so far, the first one first."""
    return [request["body"] for request in await stage.model("requests")]
