"""The primary limits: how many requests each of GitHub's resources takes from somebody in an hour or a minute.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-primary-rate-limits
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Literal

from emulators.github.limit_clock import LimitClock
from emulators.github.model.apps import Installation
from emulators.github.store import Store
from emulators.github.tokens import Actor, Anonymous, InstallationToken, Person

Resource = Literal["core", "search", "code_search", "graphql"]

PER_HOUR = 5_000
PER_HOUR_ANONYMOUS = 60
# "… up to 30 requests per minute for all search endpoints except for the Search code endpoint", whose are 10, and 10 without
# credentials. https://docs.github.com/rest/search/search#rate-limit
SEARCHES_PER_MINUTE = 30
SEARCHES_PER_MINUTE_ANONYMOUS = 10
CODE_SEARCHES_PER_MINUTE = 10

# An installation on many repositories, or among many people, is given more.
# https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#primary-rate-limit-for-github-app-installations
_FREE_OF_EXTRA = 20
_EXTRA = 50
MOST_PER_HOUR = 12_500

_HOUR, _MINUTE = 3_600.0, 60.0
_SPANS: dict[Resource, float] = {"core": _HOUR, "search": _MINUTE, "code_search": _MINUTE, "graphql": _HOUR}


@dataclass
class _Used:
    """Requests so far, and the end of the span that began with the first of them: on the limits' clock, and as told."""

    requests: int
    ends: float
    reset: int


class Allowances:
    """Who has used how much of what."""

    def __init__(self, clock: LimitClock, store: Store) -> None:
        self.clock = clock
        self._store = store
        self._used: dict[tuple[str, Resource], _Used] = {}

    def use(self, actor: Actor, resource: Resource = "core") -> None:
        used = self._current(actor, resource)
        used.requests += 1
        self._used[name_of(actor), resource] = used

    def left(self, actor: Actor, resource: Resource = "core") -> dict[str, Any]:
        """`limit`, `remaining`, `reset` (seconds since the epoch) and `used`."""
        used, limit = self._current(actor, resource), self._limit(actor, resource)
        return {"limit": limit, "remaining": max(limit - used.requests, 0), "reset": used.reset, "used": used.requests}

    def headers(self, actor: Actor, resource: Resource = "core") -> dict[str, str]:
        """https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#checking-the-status-of-your-rate-limit"""
        counts = {f"x-ratelimit-{name}": str(value) for name, value in self.left(actor, resource).items()}
        return {**counts, "x-ratelimit-resource": resource}

    def _current(self, actor: Actor, resource: Resource) -> _Used:
        now, span = self.clock.now(), _SPANS[resource]
        used = self._used.get((name_of(actor), resource))
        if used and used.ends > now:
            return used
        return _Used(0, now + span, math.ceil(time.time() + span / self.clock.speed))

    def _limit(self, actor: Actor, resource: Resource) -> int:
        known = not isinstance(actor, Anonymous)
        match resource:
            case "search":
                return SEARCHES_PER_MINUTE if known else SEARCHES_PER_MINUTE_ANONYMOUS
            case "code_search":
                return CODE_SEARCHES_PER_MINUTE
            case "graphql":
                return PER_HOUR if known else 0
            case "core":
                if isinstance(actor, InstallationToken):
                    return self._of_installation(actor.installation)
                return PER_HOUR if known else PER_HOUR_ANONYMOUS

    def _of_installation(self, installation: Installation) -> int:
        ids, account = installation.repository_ids, installation.account
        covered = sum(one.owner is account for one in self._store.repositories.values()) if ids is None else len(ids)
        extra = sum(_EXTRA * (count - _FREE_OF_EXTRA) for count in (covered, len(account.members)) if count > _FREE_OF_EXTRA)
        return min(PER_HOUR + extra, MOST_PER_HOUR)


def name_of(actor: Actor) -> str:
    """Whose limits count, as GitHub names it when it refuses: an installation's are those of all its tokens together, a
    person's those of all of theirs."""
    match actor:
        case InstallationToken(installation=installation):
            return f"installation ID {installation.id}"
        case Person(account):
            return f"user ID {account.id}"
        case Anonymous():
            return "127.0.0.1"
        case _:
            return actor.name
