"""People who were not let in here before: so many are asked about at GitHub, and answered, and no more.

Anybody may comment on a public repository, from as many accounts as they have. Each that comes for the first time costs a
question and an answer, and GitHub allows an installation so many of both: a maintainer must not wait for them. Who comes
beyond is looked for in one list of all who may write, and passed over without a word where it does not have them.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

import structlog

from github_app.commands.refused_askers import Key, key_of
from github_app.domain.ask import Ask
from github_app.metrics import STRANGERS_PASSED_OVER

K = TypeVar("K")
V = TypeVar("V")

# So many of an installation at once, and then one more a minute: less than a seventh of the 500 comments that GitHub lets it
# write in an hour, and more strangers than come to a popular repository in a bad hour.
AT_ONCE = 10
A_TURN_SECONDS = 60.0

MOST_REMEMBERED = 10_000
SAY_AGAIN_SECONDS = 60.0

PASSED_OVER = "one of many strangers, and not among those who may write"
# What the inbox has of each; the doctor counts them.
NOTE = f"refused: {PASSED_OVER}"

log = structlog.get_logger()


@dataclass
class Turns:
    """How many strangers of one installation may come now, as of `at`."""

    left: float
    at: float


class Strangers:
    """Who is none, by installation, repository and account, and the turns of those who are, by installation."""

    def __init__(self) -> None:
        self._known: OrderedDict[Key, None] = OrderedDict()
        self._turns: OrderedDict[int, Turns] = OrderedDict()
        self._said_at = -math.inf
        self._passed_over = 0

    def let_in(self, ask: Ask) -> None:
        """Whoever asked is known from now on: they have write permission, or had it."""
        remember(self._known, key_of(ask), None)

    def is_one(self, ask: Ask) -> bool:
        """Whether whoever asked was not let in here before. A bot is decided about without a question."""
        return ask.actor.type == "User" and key_of(ask) not in self._known

    def has_turn(self, ask: Ask) -> bool:
        """Whether whoever asked is asked about like anybody, or told; of a stranger it takes the turn."""
        if not self.is_one(ask):
            return True
        now, installation = time.monotonic(), ask.target.installation_id
        turns = self._turns.get(installation) or Turns(AT_ONCE, now)
        left = min(AT_ONCE, turns.left + (now - turns.at) / A_TURN_SECONDS)
        has_one = left >= 1
        remember(self._turns, installation, Turns(left - has_one, now))
        return has_one

    def pass_over(self, ask: Ask) -> None:
        """Count it, and tell the operator: at once, and then once a minute."""
        STRANGERS_PASSED_OVER.inc()
        self._passed_over += 1
        if time.monotonic() - self._said_at < SAY_AGAIN_SECONDS:
            return
        log.warning(
            "strangers are passed over: more of them ask than are answered. GitHub can limit who may comment",
            repository=ask.target.repository.full_name,
            count=self._passed_over,
        )
        self._passed_over, self._said_at = 0, time.monotonic()


def remember(among: OrderedDict[K, V], key: K, value: V) -> None:
    """Set it, and forget the one that was set longest ago when they are too many."""
    among[key] = value
    among.move_to_end(key)
    if len(among) > MOST_REMEMBERED:
        among.popitem(last=False)
