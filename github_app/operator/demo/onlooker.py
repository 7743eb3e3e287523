"""What somebody sees of Harvest at work on GitHub, and waits for: comments, pull requests, check runs. Each thing seen is a
line on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from github_app.operator.demo.linear import Linear, must_name
from github_app.operator.demo.people import Person, wait_for
from github_app.operator.demo.processes import DemoFailed
from github_app.operator.demo.screen import Screen

Look = Callable[[], Awaitable[Any]]


@dataclass
class Onlooker:
    """A maintainer before the screen. `patience` is how many seconds anything may take; `issue` and `pull` are numbers, 0 as
    long as there is none."""

    screen: Screen
    maintainer: Person
    repository: str
    patience: float
    issue: int = 0
    pull: int = 0

    @property
    def path(self) -> str:
        return f"/repos/{self.repository}"

    # What a person looks at

    async def the_bug(self) -> dict[str, Any]:
        """The one issue that is open there, which becomes `issue`."""
        issue: dict[str, Any] = (await self.maintainer.get(f"{self.path}/issues", state="open"))[0]
        self.issue = issue["number"]
        return issue

    async def comments_of_harvest(self, thread: int) -> list[dict[str, Any]]:
        """Under that issue or pull request, oldest first."""
        listed = await self.maintainer.get(f"{self.path}/issues/{thread}/comments", per_page="100")
        return [comment for comment in listed if comment["user"]["type"] == "Bot"]

    async def session_comment(self) -> Any:
        """The one that is kept up to date, which is the first under the issue."""
        return next(iter(await self.comments_of_harvest(self.issue)), None)

    async def pull_request(self) -> dict[str, Any]:
        """The one on `pull`."""
        found: dict[str, Any] = await self.maintainer.get(f"{self.path}/pulls/{self.pull}")
        return found

    async def head(self) -> str:
        """The commit that the pull request stands at."""
        return str((await self.pull_request())["head"]["sha"])

    async def check_runs(self, sha: str) -> list[dict[str, Any]]:
        found = await self.maintainer.get(f"{self.path}/commits/{sha}/check-runs")
        runs: list[dict[str, Any]] = found["check_runs"]
        return runs

    async def open_pull_request(self) -> int:
        """The number of the open pull request, which becomes `pull`; 0 as long as there is none."""
        pulls = await self.maintainer.get(f"{self.path}/pulls", state="open")
        if pulls:
            self.pull = pulls[0]["number"]
        return self.pull

    async def moved_from(self, before: str) -> str:
        """The new commit of the pull request; empty as long as it stands at `before`."""
        now = await self.head()
        return now if now != before else ""

    async def concluded_check_run(self, sha: str) -> Any:
        """Harvest's own on that commit, once it is concluded. DemoFailed when that is no success."""
        ended = [run for run in await self.check_runs(sha) if run["external_id"] and run["status"] == "completed"]
        if ended and ended[0]["conclusion"] != "success":
            raise DemoFailed(f"the check run concluded {ended[0]['conclusion']}: {ended[0]['output']['summary']}")
        return next(iter(ended), None)

    async def see_linear(self, linear: Linear, key: str) -> None:
        """The issue that a request named was read, and says that work began."""
        told = await self.wait(lambda: linear.told(key), f"{key} in Linear")
        must_name(key, [*await self.comments_of_harvest(self.issue), *await self.comments_of_harvest(self.pull)])
        self.screen.happened(f"Harvest has read {key} in Linear, and says there that work began", told[0].partition(".")[0])

    # Waiting and showing

    async def see(self, what: str, look: Look, *, name: str = "") -> Any:
        """Wait until there is something to see, and say so by the same words."""
        found = await self.wait(look, what)
        self.screen.happened(what, name=name)
        return found

    async def see_reaction(self, path: str, name: str = "") -> None:
        async def reacted() -> bool:
            return any(reaction["content"] == "eyes" for reaction in await self.maintainer.get(path))

        await self.see("Harvest reacts with 👀", reacted, name=name)

    async def wait(self, look: Look, what: str) -> Any:
        with self.screen.waiting_for(what):
            return await wait_for(look, what, self.patience)

    async def watch_until(self, look: Look, what: str) -> Any:
        """Wait for something while showing what the comment tells of the agent's progress."""
        watching = asyncio.create_task(self._show_progress())
        try:
            return await self.wait(look, what)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _show_progress(self) -> None:
        shown: set[str] = set()
        while True:
            comment = await self.session_comment()
            lines = [line for line in (comment or {"body": ""})["body"].splitlines() if line.startswith(("- [", "Now:"))]
            for line in lines:
                text = line.rsplit(" · ", 1)[0] if line.startswith("Now:") else line
                if text not in shown:
                    shown.add(text)
                    self.screen.note(text)
            await asyncio.sleep(0.2)
