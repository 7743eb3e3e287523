"""Who was refused a moment ago: their next requests cost no question to GitHub and no place in the inbox.

Anybody may comment on a public repository, as often as they like. A refusal is remembered for minutes from when it was
first given, so somebody who is given access meanwhile waits no longer than that; the refusal says so.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from github_app.domain.ask import Ask

REMEMBER_SECONDS = 5 * 60.0
# The oldest are forgotten first: they are only asked about again.
MOST_REMEMBERED = 10_000
# Told in so many threads meanwhile; whoever goes on to others is not answered there.
MOST_THREADS = 3

Key = tuple[int, int, int]


@dataclass
class Refusal:
    """Why, until when, and the threads in which the asker was told. Of a `quiet` one nobody is."""

    reason: str
    until: float
    told_in: set[int] = field(default_factory=set)
    quiet: bool = False

    def is_to_be_told_in(self, thread: int) -> bool:
        return not self.quiet and thread not in self.told_in and len(self.told_in) < MOST_THREADS


class RefusedAskers:
    """Refusals by installation, repository and account."""

    def __init__(self) -> None:
        self._refusals: dict[Key, Refusal] = {}

    def remember(self, ask: Ask, reason: str, *, quiet: bool = False) -> Refusal:
        if len(self._refusals) >= MOST_REMEMBERED:
            del self._refusals[next(iter(self._refusals))]
        refusal = self._refusals[key_of(ask)] = Refusal(reason, time.monotonic() + REMEMBER_SECONDS, quiet=quiet)
        return refusal

    def recall(self, ask: Ask) -> Refusal | None:
        """The refusal that still holds for this asker."""
        refusal = self._refusals.get(key_of(ask))
        if refusal is not None and refusal.until <= time.monotonic():
            del self._refusals[key_of(ask)]
            return None
        return refusal

    def was_told(self, ask: Ask) -> bool:
        """Whether nothing is left to do about an ask of this actor in this thread."""
        refusal = self.recall(ask)
        return refusal is not None and not refusal.is_to_be_told_in(ask.target.thread)


def key_of(ask: Ask) -> Key:
    return (ask.target.installation_id, ask.target.repository.id, ask.actor.id)
