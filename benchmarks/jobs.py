"""The main job measured: some first jobs beside the same by hand, and jobs that go on with a session, soon and later."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.first_request import PATIENCE_SECONDS, Answered, by_comment, by_hand, by_label
from benchmarks.stage import Stage
from github_app.operator.demo.people import wait_for

# The middle of five is the same though something else disturbed two of them.
RUNS = 5

FOLLOW_UP = "/harvest also write -0.4 as `0s`: it comes out as `-0s`"


@dataclass(frozen=True)
class JobFigures:
    """Seconds of each run, in the order in which they were made: one by hand, one by Harvest, a follow-up of that at the
    session's standby, and one of the session before, which has none any more."""

    hand: list[float]
    first: list[Answered]
    follow_ups: list[Answered]
    later: list[Answered]

    def ratio(self, jobs: list[Answered]) -> float:
        """Of what a first one takes by hand: there the CLI starts and the repository is cloned."""
        return middle(jobs) / statistics.median(self.hand)


def middle(jobs: list[Answered]) -> float:
    """Seconds to the first request."""
    return statistics.median(job.first_request for job in jobs)


def most_requests(jobs: list[Answered]) -> int:
    """GitHub requests of the one that asked for the most."""
    return max(job.github_requests for job in jobs)


def middles(jobs: list[Answered]) -> dict[str, float]:
    return {name: statistics.median(job.waterfall[name] for job in jobs) for name in jobs[0].waterfall}


async def measure(stage: Stage, runs: int = RUNS) -> JobFigures:
    """Let the repository's own bug be fixed again and again, each time from a new issue, and the fixes be gone on with."""
    issue = (await stage.maintainer.get(f"/repos/{stage.repository}/issues", state="open"))[0]
    title, body = issue["title"], issue["body"]
    figures = JobFigures([], [], [], [])
    for number in range(runs):
        figures.hand.append(await by_hand(stage, f"{title}\n\n{body}", bundled_claude(), number))
        figures.first.append(await by_label(stage, title, body))
        await standby_waits(stage)
        pulls = await stage.maintainer.get(f"/repos/{stage.repository}/pulls", state="open")
        newest, *older = sorted((pull["number"] for pull in pulls), reverse=True)
        figures.follow_ups.append(await by_comment(stage, newest, FOLLOW_UP))
        await standby_waits(stage)
        if older:
            figures.later.append(await by_comment(stage, older[0], FOLLOW_UP))
            await standby_waits(stage)
    return figures


async def standby_waits(stage: Stage) -> None:
    """Until what is made when a job is over is there: it takes the processor from what is measured next, and who follows up
    reads first."""
    last = "SELECT session_id FROM jobs ORDER BY number DESC LIMIT 1"

    async def waits() -> bool:
        return bool(stage.rows(f"SELECT 1 FROM standbys WHERE session_id = ({last})"))

    await wait_for(waits, "the session's standby", PATIENCE_SECONDS)


def bundled_claude() -> Path:
    """The Claude CLI that the `demo` extra carries: the one that Harvest uses here."""
    spec = find_spec("claude_agent_sdk")
    if spec is None or spec.origin is None:
        raise RuntimeError("claude-agent-sdk is not installed: run `make bench`, which sets everything up")
    return Path(spec.origin).with_name("_bundled") / "claude"
