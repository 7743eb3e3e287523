"""What happens in the demo: an issue is labelled and a pull request comes; a comment is written and a commit follows."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from github_app.operator.demo.people import Person, wait_for
from github_app.operator.demo.processes import DemoFailed
from github_app.operator.demo.screen import Screen

# A scripted job takes seconds; with the visitor's own key it takes as long as the model thinks.
SCRIPTED_SECONDS = 90.0
LIVE_SECONDS = 30 * 60.0


@dataclass
class Job:
    """What was seen of one job, for the summary. `asked_at` is in seconds since the epoch."""

    id: str
    head_sha: str
    asked_at: float


@dataclass
class Story:
    """The demo as the maintainer lives through it. `issue` and `pull` are numbers."""

    screen: Screen
    maintainer: Person
    repository: str
    patience: float
    issue: int = 0
    pull: int = 0
    asked_at: float = 0.0
    jobs: list[Job] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/repos/{self.repository}"

    async def label_the_bug(self) -> None:
        """From the label to the pull request. The repository has one open issue, about a real bug."""
        issue = (await self.maintainer.get(f"{self.path}/issues", state="open"))[0]
        self.issue = issue["number"]
        self.screen.heading(f"Issue #{self.issue}: {issue['title']}")
        for line in filter(str.strip, issue["body"].splitlines()):
            self.screen.note(line)
        self.asked_at = time.time()
        self.screen.restart_clock()
        await self.maintainer.post(f"{self.path}/issues/{self.issue}/labels", {"labels": ["harvest"]})
        self.screen.happened(f"{self.maintainer.login} labels the issue", "harvest", mark="●")
        await self._see_reaction(f"{self.path}/issues/{self.issue}/reactions", "reaction")
        await self._see("Harvest comments on the issue", self._comment, name="comment")
        await self._watch_until(self._pull_request, "the pull request")
        pull = await self.maintainer.get(f"{self.path}/pulls/{self.pull}")
        draft = "draft pull request" if pull["draft"] else "pull request"
        self.screen.happened(f"{draft} #{self.pull} is opened", pull["title"], name="pull request")
        await self._see_check_run(pull["head"]["sha"], "check run")
        await self._see("the comment says how it ended", self._comment_is_done, name="done")

    async def comment_on_the_pull_request(self, text: str) -> None:
        """From a comment to a second commit on the same pull request."""
        before = (await self.maintainer.get(f"{self.path}/pulls/{self.pull}"))["head"]["sha"]
        self.screen.heading(f"A follow-up on pull request #{self.pull}")
        self.asked_at = time.time()
        comment = await self.maintainer.post(f"{self.path}/issues/{self.pull}/comments", {"body": text})
        self.screen.happened(f"{self.maintainer.login} comments", text, mark="●")
        await self._see_reaction(f"{self.path}/issues/comments/{comment['id']}/reactions", "second reaction")

        async def at_work() -> Any:
            runs = await self._check_runs(before)
            return next((run for run in runs if run["external_id"] != self.jobs[0].id), None)

        await self._see("a check run on the pull request shows the work", at_work)

        async def moved() -> Any:
            head = (await self.maintainer.get(f"{self.path}/pulls/{self.pull}"))["head"]["sha"]
            return head if head != before else None

        head = await self._watch_until(moved, "the new commit")
        self.screen.happened("the same pull request has a new commit", head[:7], name="second push")
        await self._see_check_run(head, "second check run")
        await self._see("the comment says how it ended", self._comment_is_done, name="second done")

    # What a person looks at

    async def _comment(self) -> Any:
        for comment in await self.maintainer.get(f"{self.path}/issues/{self.issue}/comments"):
            if comment["user"]["type"] == "Bot":
                return comment
        return None

    async def _comment_is_done(self) -> Any:
        comment = await self._comment()
        if comment and "Working on it" not in comment["body"]:
            self._must_be_good(comment["body"])
            return comment
        return None

    def _must_be_good(self, comment: str) -> None:
        headline = next((line for line in comment.splitlines() if line.startswith("###")), "")
        if "Done" not in headline:
            raise DemoFailed(f"the job ended otherwise:\n{comment}")

    async def _pull_request(self) -> Any:
        await self._stop_at_a_bad_end()
        pulls = await self.maintainer.get(f"{self.path}/pulls", state="open")
        if pulls:
            self.pull = pulls[0]["number"]
        return self.pull

    async def _stop_at_a_bad_end(self) -> None:
        comment = await self._comment()
        if comment and "Working on it" not in comment["body"] and "### " in comment["body"]:
            self._must_be_good(comment["body"])

    async def _check_runs(self, sha: str) -> list[dict[str, Any]]:
        found = await self.maintainer.get(f"{self.path}/commits/{sha}/check-runs")
        runs: list[dict[str, Any]] = found["check_runs"]
        return runs

    # Waiting and showing

    async def _see(self, what: str, look: Any, *, name: str = "") -> Any:
        with self.screen.waiting_for(what):
            found = await wait_for(look, what, self.patience)
        self.screen.happened(what, name=name)
        return found

    async def _see_reaction(self, path: str, name: str) -> None:
        async def reacted() -> Any:
            return any(reaction["content"] == "eyes" for reaction in await self.maintainer.get(path))

        await self._see("Harvest reacts with 👀", reacted, name=name)

    async def _see_check_run(self, sha: str, name: str) -> None:
        async def completed() -> Any:
            return next((run for run in await self._check_runs(sha) if run["status"] == "completed"), None)

        with self.screen.waiting_for("the check run"):
            run = await wait_for(completed, "the check run", self.patience)
        if run["conclusion"] != "success":
            raise DemoFailed(f"the check run concluded {run['conclusion']}: {run['output']['summary']}")
        self.screen.happened("its check run is concluded", run["conclusion"], name=name)
        self.jobs.append(Job(run["external_id"], sha, self.asked_at))

    async def _watch_until(self, look: Any, what: str) -> Any:
        """Wait for something while showing what the comment tells of the agent's progress."""
        watching = asyncio.create_task(self._show_progress())
        try:
            with self.screen.waiting_for(what):
                return await wait_for(look, what, self.patience)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _show_progress(self) -> None:
        shown: set[str] = set()
        while True:
            comment = await self._comment()
            lines = [line for line in (comment or {"body": ""})["body"].splitlines() if line.startswith(("- [", "Now:"))]
            for line in lines:
                text = line.rsplit(" · ", 1)[0] if line.startswith("Now:") else line
                if text not in shown:
                    shown.add(text)
                    self.screen.note(text)
            await asyncio.sleep(0.2)


async def tests_of(url: str, branch: str, into: Path) -> tuple[int, str]:
    """Clone a branch and run its tests as anybody would; exit code and the last line of what they said."""
    clone = await asyncio.create_subprocess_exec(
        *("git", "clone", "--quiet", "--branch", branch, "--", url, str(into)), stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await clone.communicate()
    if clone.returncode:
        raise DemoFailed(f"{branch} could not be cloned: {complaint.decode(errors='replace').strip()}")
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "unittest", "-q"), cwd=into, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await run.communicate()
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
    return run.returncode or 0, lines[-1] if lines else ""
