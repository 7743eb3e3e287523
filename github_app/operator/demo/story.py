"""What happens in the demo: an issue is labelled and a pull request comes; a comment is written and a commit follows."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from github_app.operator.demo.onlooker import Onlooker
from github_app.operator.demo.processes import DemoFailed

# How a comment tells of tests that Harvest ran itself, by the tool `run_tests`, and that passed.
HARVESTS_OWN_TESTS = "Harvest ran `python3 -m unittest -q`"


@dataclass
class Job:
    """What was seen of one job, for the summary. `asked_at` is in seconds since the epoch."""

    id: str
    head_sha: str
    asked_at: float


@dataclass
class Story(Onlooker):
    """The demo as the maintainer lives through it."""

    asked_at: float = 0.0
    jobs: list[Job] = field(default_factory=list)

    async def label_the_bug(self) -> None:
        """From the label to the pull request. The repository has one open issue, about a real bug."""
        issue = await self.the_bug()
        self.screen.heading(f"Issue #{self.issue}: {issue['title']}")
        for line in filter(str.strip, issue["body"].splitlines()):
            self.screen.note(line)
        self.asked_at = time.time()
        self.screen.restart_clock()
        await self.maintainer.post(f"{self.path}/issues/{self.issue}/labels", {"labels": ["harvest"]})
        self.screen.happened(f"{self.maintainer.login} labels the issue", "harvest", mark="●")
        await self.see_reaction(f"{self.path}/issues/{self.issue}/reactions", "reaction")
        await self.see("Harvest comments on the issue", self.session_comment, name="comment")
        await self.watch_until(self._pull_request_or_a_bad_end, "the pull request")
        pull = await self.pull_request()
        draft = "draft pull request" if pull["draft"] else "pull request"
        self.screen.happened(f"{draft} #{self.pull} is opened", pull["title"], name="pull request")
        await self._see_check_run(pull["head"]["sha"], "check run")
        await self.see("the comment says how it ended", self._comment_is_done, name="done")

    async def comment_on_the_pull_request(self, text: str) -> None:
        """From a comment to a second commit on the same pull request."""
        before = await self.head()
        self.screen.heading(f"A follow-up on pull request #{self.pull}")
        self.asked_at = time.time()
        comment = await self.maintainer.post(f"{self.path}/issues/{self.pull}/comments", {"body": text})
        self.screen.happened(f"{self.maintainer.login} comments", text, mark="●")
        await self.see_reaction(f"{self.path}/issues/comments/{comment['id']}/reactions", "second reaction")

        async def at_work() -> Any:
            runs = await self.check_runs(before)
            return next((run for run in runs if run["external_id"] != self.jobs[0].id), None)

        await self.see("a check run on the pull request shows the work", at_work)
        head = await self.watch_until(lambda: self.moved_from(before), "the new commit")
        self.screen.happened("the same pull request has a new commit", head[:7], name="second push")
        await self._see_check_run(head, "second check run")
        await self.see("the comment says how it ended", self._comment_is_done, name="second done")

    async def see_harvests_own_tests(self) -> None:
        """In the comment: the agent had Harvest run them, by a tool."""
        comment = await self.session_comment()
        if HARVESTS_OWN_TESTS not in comment["body"]:
            raise DemoFailed(f"the comment does not say that Harvest ran the tests:\n{comment['body']}")
        self.screen.happened("it tells of the tests from Harvest's own ledger: the agent had Harvest run them")

    async def _pull_request_or_a_bad_end(self) -> int:
        comment = await self.session_comment()
        if comment and "Working on it" not in comment["body"] and "### " in comment["body"]:
            must_be_good(comment["body"])
        return await self.open_pull_request()

    async def _comment_is_done(self) -> Any:
        comment = await self.session_comment()
        if comment and "Working on it" not in comment["body"]:
            must_be_good(comment["body"])
            return comment
        return None

    async def _see_check_run(self, sha: str, name: str) -> None:
        run = await self.wait(lambda: self.concluded_check_run(sha), "the check run")
        self.screen.happened("its check run is concluded", run["conclusion"], name=name)
        self.jobs.append(Job(run["external_id"], sha, self.asked_at))


def must_be_good(comment: str) -> None:
    """DemoFailed when the session's comment tells of another end than a good one."""
    headline = next((line for line in comment.splitlines() if line.startswith("###")), "")
    if "Done" not in headline:
        raise DemoFailed(f"the job ended otherwise:\n{comment}")
