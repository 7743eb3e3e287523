"""How a job ends: the outcome, what happened, what was kept, and what to do now. Every end can be said to a person."""

from __future__ import annotations

from typing import Any

import msgspec

from state.jobs import Outcome


class Ending(msgspec.Struct, frozen=True):
    """`happened`, `kept` and `advice` are sentences for the thread; empty ones are left out."""

    outcome: Outcome
    happened: str
    kept: str = ""
    advice: str = ""

    def to_json(self) -> dict[str, Any]:
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Ending:
        return msgspec.convert(document, cls)


PUBLISHED = Ending("succeeded", "The agent's work is on the pull request.")


class JobOver(Exception):
    """Raised by a step when there is nothing more to do but to say so."""

    def __init__(self, outcome: Outcome, happened: str, *, kept: str = "", advice: str = "") -> None:
        super().__init__(happened)
        self.ending = Ending(outcome, happened, kept, advice)
