"""The main job measured: some first jobs beside the same by hand, and one that goes on with a session."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.first_request import Answered, by_comment, by_hand, by_label
from benchmarks.stage import Stage

# The middle of five stands one run that something else disturbed.
RUNS = 5

FOLLOW_UP = "/harvest also write -0.4 as `0s`: it comes out as `-0s`"


@dataclass(frozen=True)
class JobFigures:
    """Seconds of each run, in the order in which they were made: one by hand, one by Harvest, and so on."""

    hand: list[float]
    first: list[Answered]
    follow_up: Answered

    @property
    def ratio(self) -> float:
        return self.first_request / statistics.median(self.hand)

    @property
    def first_request(self) -> float:
        return statistics.median(job.first_request for job in self.first)

    @property
    def reaction(self) -> float:
        return statistics.median(job.reaction for job in self.first)

    @property
    def waterfall(self) -> dict[str, float]:
        """The middle of each stretch."""
        return {name: statistics.median(job.waterfall[name] for job in self.first) for name in self.first[0].waterfall}

    @property
    def most_requests(self) -> int:
        """GitHub requests of the first job that asked for the most."""
        return max(job.github_requests for job in self.first)


async def measure(stage: Stage, runs: int = RUNS) -> JobFigures:
    """Let the repository's own bug be fixed again and again, each time from a new issue."""
    issue = (await stage.maintainer.get(f"/repos/{stage.repository}/issues", state="open"))[0]
    title, body = issue["title"], issue["body"]
    hand, first = [], []
    for number in range(runs):
        hand.append(await by_hand(stage, f"{title}\n\n{body}", bundled_claude(), number))
        first.append(await by_label(stage, title, body))
    pull = (await stage.maintainer.get(f"/repos/{stage.repository}/pulls", state="open"))[0]["number"]
    return JobFigures(hand, first, await by_comment(stage, pull, FOLLOW_UP))


def bundled_claude() -> Path:
    """The Claude CLI that the `demo` extra carries: the one that Harvest uses here."""
    spec = find_spec("claude_agent_sdk")
    if spec is None or spec.origin is None:
        raise RuntimeError("claude-agent-sdk is not installed: run `make bench`, which sets everything up")
    return Path(spec.origin).with_name("_bundled") / "claude"
