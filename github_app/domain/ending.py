"""How a job ends: the outcome, what happened, what was kept, and what to do now. Every end can be said to a person."""

from __future__ import annotations

import msgspec

from state.jobs import Outcome


class Ending(msgspec.Struct, frozen=True):
    """`happened`, `kept` and `advice` are sentences for the thread; empty ones are left out."""

    outcome: Outcome
    happened: str
    kept: str = ""
    advice: str = ""


PUBLISHED = Ending("succeeded", "The agent's work is on the pull request.")
ANSWERED = Ending("succeeded", "The agent answered.")


class JobOver(Exception):
    """Raised by a step when there is nothing more to do but to say so. `found` is what the step has found out all the same."""

    def __init__(
        self, outcome: Outcome, happened: str, *, kept: str = "", advice: str = "", found: msgspec.Struct | None = None
    ) -> None:
        super().__init__(happened)
        self.ending = Ending(outcome, happened, kept, advice)
        self.found = found

    @classmethod
    def of(cls, ending: Ending, found: msgspec.Struct | None = None) -> JobOver:
        return cls(ending.outcome, ending.happened, kept=ending.kept, advice=ending.advice, found=found)
