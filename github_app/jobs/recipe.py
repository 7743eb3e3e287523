"""What a recipe is: the named, versioned list of steps that a kind of job runs through. Values only.

The job's row has the recipe's name and version, and a step's row the step's id: neither ever changes, whatever its function
is called and wherever it stands. A recipe that changes its steps becomes a new version, and the old one stays for as long as a
job of it can be in flight.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from github_app.jobs.context import JobContext
from github_app.jobs.results import StepResult


@dataclass(frozen=True)
class Step:
    """One durable part of a recipe. `run` does it and can be repeated; what it gives is of the type that RESULT_OF has for the
    step's id (`github_app/jobs/results.py`)."""

    id: str
    run: Callable[[JobContext], Awaitable[StepResult]]


@dataclass(frozen=True)
class Recipe:
    """The steps of a kind of job, in order. Those `in_sandbox` are done again in another sandbox when theirs is lost; the
    `closing` ones are done however the job ends."""

    name: str
    version: int
    opening: tuple[Step, ...]
    in_sandbox: tuple[Step, ...]
    closing: tuple[Step, ...]

    @property
    def key(self) -> str:
        """As in `change/1`."""
        return f"{self.name}/{self.version}"

    @property
    def steps(self) -> Iterator[Step]:
        yield from (*self.opening, *self.in_sandbox, *self.closing)
