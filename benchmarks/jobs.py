"""The main job measured: some first jobs beside the same by hand, and one that goes on with a session."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.first_request import Answered, by_comment, by_hand, by_label
from benchmarks.stage import Stage

# The middle of five stands one run that something else disturbed, and so does that of three.
RUNS, FOLLOW_UPS = 5, 3

FOLLOW_UP = "/harvest also write -0.4 as `0s`: it comes out as `-0s`"


@dataclass(frozen=True)
class JobFigures:
    """Seconds of each run, in the order in which they were made: one by hand, one by Harvest, and so on."""

    hand: list[float]
    first: list[Answered]
    follow_ups: list[Answered]

    @property
    def ratio(self) -> float:
        return self.first_request / statistics.median(self.hand)

    @property
    def follow_up_ratio(self) -> float:
        """Of what the first one takes by hand: there the CLI starts and the repository is cloned."""
        return self.follow_up_request / statistics.median(self.hand)

    @property
    def follow_up_request(self) -> float:
        return statistics.median(job.first_request for job in self.follow_ups)

    @property
    def first_request(self) -> float:
        return statistics.median(job.first_request for job in self.first)

    @property
    def reaction(self) -> float:
        return statistics.median(job.reaction for job in self.first)

    @property
    def waterfall(self) -> dict[str, float]:
        """The middle of each stretch."""
        return middles(self.first)

    @property
    def follow_up_waterfall(self) -> dict[str, float]:
        return middles(self.follow_ups)

    @property
    def most_requests(self) -> int:
        """GitHub requests of the first job that asked for the most."""
        return max(job.github_requests for job in self.first)

    @property
    def most_follow_up_requests(self) -> int:
        return max(job.github_requests for job in self.follow_ups)


def middles(jobs: list[Answered]) -> dict[str, float]:
    return {name: statistics.median(job.waterfall[name] for job in jobs) for name in jobs[0].waterfall}


async def measure(stage: Stage, runs: int = RUNS, follow_ups: int = FOLLOW_UPS) -> JobFigures:
    """Let the repository's own bug be fixed again and again, each time from a new issue, and some of the fixes be gone on
    with."""
    issue = (await stage.maintainer.get(f"/repos/{stage.repository}/issues", state="open"))[0]
    title, body = issue["title"], issue["body"]
    hand, first = [], []
    for number in range(runs):
        hand.append(await by_hand(stage, f"{title}\n\n{body}", bundled_claude(), number))
        first.append(await by_label(stage, title, body))
    pulls = (await stage.maintainer.get(f"/repos/{stage.repository}/pulls", state="open"))[:follow_ups]
    return JobFigures(hand, first, [await by_comment(stage, pull["number"], FOLLOW_UP) for pull in pulls])


def bundled_claude() -> Path:
    """The Claude CLI that the `demo` extra carries: the one that Harvest uses here."""
    spec = find_spec("claude_agent_sdk")
    if spec is None or spec.origin is None:
        raise RuntimeError("claude-agent-sdk is not installed: run `make bench`, which sets everything up")
    return Path(spec.origin).with_name("_bundled") / "claude"
