"""GitHub's limits on its API, enforced: requests in an hour, points and content in a minute, all at once.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api

A person's own token is held to the limits of search and to no others: one person here stands for all who would be at work on
the real GitHub. Which requests create content GitHub does not list; here every write of an installation counts. Git's own
requests count nowhere.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from emulators.github.allowances import Allowances, Resource, name_of
from emulators.github.limit_clock import LimitClock
from emulators.github.store import Store
from emulators.github.tokens import Actor, Anonymous, InstallationToken, Person, UserToken

POINTS_PER_MINUTE = 900
GRAPHQL_POINTS_PER_MINUTE = 2_000
CONTENT_PER_MINUTE = 80
CONTENT_PER_HOUR = 500
AT_ONCE = 100

_MINUTE, _HOUR = 60.0, 3_600.0
_READ_POINTS, _WRITE_POINTS = 1, 5

# What GitHub asks for after a secondary limit, in seconds.
_RETRY_AFTER = 60.0

PRIMARY_URL = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"
SECONDARY_URL = f"{PRIMARY_URL}#about-secondary-rate-limits"

TOO_MANY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
_TOO_MUCH_CONTENT = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
    "Please retry your request again later."
)


@dataclass(frozen=True)
class Excess:
    """A request that GitHub refuses: its words, its headers, which limit was broken ("" for one that was told to wait
    already, and asked all the same), and the page that tells of it."""

    message: str
    headers: dict[str, str]
    limit: str = ""
    url: str = SECONDARY_URL


@dataclass
class _Window:
    """What was used in the seconds before now."""

    seconds: float
    uses: deque[tuple[float, int]] = field(default_factory=deque)

    def used(self, now: float) -> int:
        while self.uses and self.uses[0][0] <= now - self.seconds:
            self.uses.popleft()
        return sum(amount for _, amount in self.uses)


@dataclass
class _Account:
    """What one installation, or the App itself, has used."""

    points: _Window = field(default_factory=lambda: _Window(_MINUTE))
    graphql_points: _Window = field(default_factory=lambda: _Window(_MINUTE))
    content_minute: _Window = field(default_factory=lambda: _Window(_MINUTE))
    content_hour: _Window = field(default_factory=lambda: _Window(_HOUR))
    nothing_before: float = 0.0
    no_content_before: float = 0.0


class Rates:
    """Who may go on. `under_way` is how many requests are being answered now."""

    def __init__(self, clock: LimitClock, store: Store) -> None:
        self.clock = clock
        self.allowances = Allowances(clock, store)
        self.under_way = 0
        self._accounts: dict[str, _Account] = {}

    def admit(self, actor: Actor, resource: Resource = "core", *, writes: bool = False) -> Excess | None:
        """Count one request towards the secondary limits; what it is refused with, None when it may go on."""
        person = isinstance(actor, Person) and not isinstance(actor, UserToken)
        if not (person and resource in ("core", "graphql")) and (excess := self._beyond_allowance(actor, resource)):
            return excess
        return None if person or isinstance(actor, Anonymous) else self._beyond_pace(actor, resource, writes)

    def _beyond_allowance(self, actor: Actor, resource: Resource) -> Excess | None:
        left = self.allowances.left(actor, resource)
        if left["remaining"] > 0:
            return None
        message = f"API rate limit exceeded for {name_of(actor)}."
        if isinstance(actor, Anonymous):
            message += (
                " (But here's the good news: Authenticated requests get a higher rate limit."
                " Check out the documentation for more details.)"
            )
        return Excess(message, {}, f"{left['limit']} requests of {resource}", PRIMARY_URL)

    def _beyond_pace(self, actor: Actor, resource: Resource, writes: bool) -> Excess | None:
        now, account = self.clock.now(), self._accounts.setdefault(name_of(actor), _Account())
        content = writes and isinstance(actor, InstallationToken | UserToken)
        if now < account.nothing_before:
            return self._wait(TOO_MANY, account.nothing_before - now)
        if content and now < account.no_content_before:
            return self._wait(_TOO_MUCH_CONTENT, account.no_content_before - now)
        if self.under_way > AT_ONCE:
            account.nothing_before = now + _RETRY_AFTER
            return self._wait(TOO_MANY, _RETRY_AFTER, f"{AT_ONCE} requests at once")
        cost = _WRITE_POINTS if writes else _READ_POINTS
        points, most = account.points, POINTS_PER_MINUTE
        if resource == "graphql":
            points, most = account.graphql_points, GRAPHQL_POINTS_PER_MINUTE
        if points.used(now) + cost > most:
            account.nothing_before = now + _RETRY_AFTER
            return self._wait(TOO_MANY, _RETRY_AFTER, f"{most} points a minute")
        if content:
            for window, limit, span in (
                (account.content_minute, CONTENT_PER_MINUTE, "minute"),
                (account.content_hour, CONTENT_PER_HOUR, "hour"),
            ):
                if window.used(now) >= limit:
                    account.no_content_before = now + _RETRY_AFTER
                    return self._wait(_TOO_MUCH_CONTENT, _RETRY_AFTER, f"{limit} writes a{'n' * (span == 'hour')} {span}")
            account.content_minute.uses.append((now, 1))
            account.content_hour.uses.append((now, 1))
        points.uses.append((now, cost))
        return None

    def _wait(self, message: str, seconds: float, limit: str = "") -> Excess:
        return Excess(message, {"retry-after": str(math.ceil(seconds / self.clock.speed))}, limit)
