"""How a job ends: the outcome, what happened, what was kept, and what to do now. Every end can be said to a person."""

from __future__ import annotations

import logging
from typing import Literal

import msgspec

from state.jobs import Outcome

# Who has to look into a failure: whoever runs Harvest, or whoever asked and the repository's people.
Concern = Literal["operator", "maintainer"]


# The agent's work came to no end of its own.
HALF_DONE: frozenset[Outcome] = frozenset({"stopped", "failed", "timed_out", "waiting"})


class Ending(msgspec.Struct, frozen=True):
    """`happened`, `kept` and `advice` are sentences for the thread; empty ones are left out. `concerns` counts for a job that
    failed: an operator has to hear of what nobody else is known to be able to mend. `agent_tells`: people need the agent's
    last message to go on."""

    outcome: Outcome
    happened: str
    kept: str = ""
    advice: str = ""
    concerns: Concern = "operator"
    agent_tells: bool = False

    @property
    def log_level(self) -> int:
        """How loudly the log tells of it: an error is for the operator to mend."""
        match self.outcome:
            case "failed":
                return logging.ERROR if self.concerns == "operator" else logging.WARNING
            case "refused" | "timed_out":
                return logging.WARNING
            case _:
                return logging.INFO


class JobOver(Exception):
    """Raised by a step when there is nothing more to do but to say so. `found` is what the step has found out all the same."""

    def __init__(self, ending: Ending, found: msgspec.Struct | None = None) -> None:
        super().__init__(ending.happened)
        self.ending = ending
        self.found = found

    @classmethod
    def of(cls, ending: Ending, found: msgspec.Struct | None = None) -> JobOver:
        return cls(ending, found)
