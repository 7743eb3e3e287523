"""The tour: a plan is made, approved and carried out; a review comment on a line is followed; what CI holds against that is
mended. The repository's own workflows run."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from github_app.operator.demo.lesson import keep_lesson, see_lesson_used
from github_app.operator.demo.linear import COMMAS
from github_app.operator.demo.onlooker import Onlooker
from github_app.operator.demo.picture import see_pictures
from github_app.operator.demo.processes import DemoFailed
from github_app.operator.demo.proof import TESTS, clone, python_in
from github_app.operator.demo.stage import Stage

# What the scripted model knows besides.
PLAYS = ("timespan-plan.toml", "timespan-commas.toml")

PLAN, APPROVE, FIX_CI = "/harvest plan", "/harvest approve v1", "/harvest fix-ci"
ON_A_LINE = f"/harvest put commas between the units, as in `1h, 30m` ({COMMAS})"

# The line that is commented on: where the units are joined.
FILE, LINE = "timespan/formatting.py", '" ".join(parts)'

# What the workflow runs besides the tests, and what it holds against the commas.
EXAMPLES = ("-m", "doctest", "README.md")

# How often the workflow runs on a commit: its push starts it, and so does the pull request.
RUNS = 2


async def take(stage: Stage) -> None:
    """From the plan to green checks; DemoFailed when something in it is not as it should be."""
    tour = Tour(stage.screen, stage.maintainer, stage.repository, stage.patience)
    await tour.ask_for_a_plan()
    await tour.approve_it()
    lesson = await keep_lesson(tour)
    tour.asked.append((lesson.command, lesson.asked_at))
    await tour.comment_on_a_line()
    await tour.see_linear(stage.linear, COMMAS)
    await see_lesson_used(stage, tour, lesson)
    await see_pictures(stage, tour)
    await tour.have_ci_fixed()
    took = time.time() - tour.asked[0][1]
    stage.screen.heading("What came of it")
    stage.screen.happened(f"from the request for a plan to the fix of what CI said: {took:.0f} s")
    pull = await tour.pull_request()
    folder = await clone(f"{stage.pages}.git", pull["head"]["ref"], stage.folder / "proof")
    await python_in(folder, *EXAMPLES)
    stage.screen.happened("a fresh clone of the branch passes what CI runs", await python_in(folder, *TESTS))
    await stage.must_have_asked_only_what_github_knows()
    await stage.show_counts(tour.asked)


@dataclass
class Tour(Onlooker):
    """What the maintainer does and sees. `asked` are the requests so far, and when each was made, in seconds since the
    epoch."""

    asked: list[tuple[str, float]] = field(default_factory=list)

    async def ask_for_a_plan(self) -> None:
        issue = await self.the_bug()
        self.screen.heading(f"A plan for issue #{self.issue}: {issue['title']}")
        await self._write_below(self.issue, PLAN)
        plan = await self._watch(
            lambda: self._said(self.issue, "<!-- harvest:plan:"), "plan v1 is there, reviewed by a second model"
        )
        if "**Second review**, by" not in plan["body"]:
            raise DemoFailed(f"no second model reviewed the plan:\n{plan['body']}")

    async def approve_it(self) -> None:
        self.screen.heading("The plan is approved")
        await self._write_below(self.issue, APPROVE)
        await self.watch_until(self._pull_request_or_a_bad_end, "the pull request")
        pull = await self.pull_request()
        self.screen.happened(f"draft pull request #{self.pull} is opened", pull["html_url"])
        await self._see_the_end(self.issue)
        await self._see_ci(pull["head"]["sha"], "success")

    async def comment_on_a_line(self) -> None:
        self.screen.heading(f"A review comment on a line of pull request #{self.pull}")
        before = await self.head()
        said = {"body": ON_A_LINE, "commit_id": before, "path": FILE, "line": await self._line(), "side": "RIGHT"}
        comment = await self._write(f"{self.path}/pulls/{self.pull}/comments", said)

        async def answered() -> Any:
            listed = await self.maintainer.get(f"{self.path}/pulls/{self.pull}/comments")
            return next((one for one in listed if one.get("in_reply_to_id") == comment["id"]), None)

        head = await self._see_commit(before)
        await self._watch(answered, "Harvest answers in the comment's thread")
        await self._see_ci(head, "failure")

    async def have_ci_fixed(self) -> None:
        self.screen.heading("What CI says is fixed")
        before = await self.head()
        await self._write_below(self.pull, FIX_CI)
        head = await self._see_commit(before)
        await self._see_the_end(self.pull)
        await self._see_ci(head, "success")

    # What the maintainer does

    async def _write_below(self, thread: int, text: str) -> None:
        await self._write(f"{self.path}/issues/{thread}/comments", {"body": text})

    async def _write(self, path: str, comment: dict[str, Any]) -> dict[str, Any]:
        self.screen.restart_clock()
        self.asked.append((comment["body"], time.time()))
        made: dict[str, Any] = await self.maintainer.post(path, comment)
        self.screen.happened(f"{self.maintainer.login} writes {comment['body']}", made["html_url"], mark="●")
        return made

    async def _line(self) -> int:
        """The number of the line that is commented on, as the pull request has it."""
        files = await self.maintainer.get(f"{self.path}/pulls/{self.pull}/files")
        number = 0
        for line in next(file["patch"] for file in files if file["filename"] == FILE).splitlines():
            if hunk := re.match(r"@@ -\S+ \+(\d+)", line):
                number = int(hunk[1])
            elif not line.startswith("-"):
                if LINE in line:
                    return number
                number += 1
        raise DemoFailed(f"the pull request does not show the line with {LINE} in {FILE}")

    # What the maintainer sees

    async def _said(self, thread: int, marker: str) -> Any:
        """The comment of Harvest's in that thread that begins so."""
        return next((one for one in await self.comments_of_harvest(thread) if one["body"].startswith(marker)), None)

    async def _watch(self, look: Any, what: str) -> Any:
        found = await self.watch_until(look, what)
        self.screen.happened(what, found["html_url"])
        return found

    async def _see_commit(self, before: str) -> str:
        head: str = await self.watch_until(lambda: self.moved_from(before), "the new commit")
        commit = await self.maintainer.get(f"{self.path}/commits/{head}")
        self.screen.happened(f"Harvest pushes {head[:7]}", commit["html_url"])
        return head

    async def _see_ci(self, sha: str, conclusion: str) -> None:
        """Wait until the repository's own workflow has run on that commit; DemoFailed when it ended otherwise."""

        async def over() -> Any:
            runs = (await self.maintainer.get(f"{self.path}/actions/runs", head_sha=sha))["workflow_runs"]
            return runs if len(runs) >= RUNS and all(run["status"] == "completed" for run in runs) else None

        runs = await self.wait(over, "the repository's own checks")
        if otherwise := [run for run in runs if run["conclusion"] != conclusion]:
            raise DemoFailed(f"the workflow ended with {otherwise[0]['conclusion']}, not {conclusion}, on {sha}")
        good = conclusion == "success"
        self.screen.happened("CI is green" if good else "CI is red", runs[0]["html_url"], mark="✓" if good else "●")

    async def _pull_request_or_a_bad_end(self) -> int:
        await self._end(self.issue)
        return await self.open_pull_request()

    async def _see_the_end(self, thread: int) -> None:
        await self._watch(lambda: self._end(thread), "Harvest says there how it ended")

    async def _end(self, thread: int) -> Any:
        """What Harvest says in that thread of how the work ended; DemoFailed when that is not good."""
        end = await self._said(thread, "<!-- harvest:ended:")
        if end and " Done" not in end["body"]:
            raise DemoFailed(f"the job ended otherwise:\n{end['body']}")
        return end
