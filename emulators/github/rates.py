"""GitHub's limits on its REST API, enforced on the App: requests in an hour, points and content in a minute, all at once.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api

Only the App and its installations are refused: one person here stands for all who would be at work on the real GitHub. Which
requests create content GitHub does not list; here every write of an installation counts. Git's own requests count nowhere.

The limits have a clock of their own, which can run faster than the real one, or be put forward.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from emulators.github.tokens import Actor, Anonymous, AppItself, InstallationToken

PER_HOUR = 5_000
PER_HOUR_ANONYMOUS = 60
POINTS_PER_MINUTE = 900
CONTENT_PER_MINUTE = 80
CONTENT_PER_HOUR = 500
AT_ONCE = 100

_MINUTE, _HOUR = 60.0, 3_600.0
_READING = ("GET", "HEAD", "OPTIONS")
_READ_POINTS, _WRITE_POINTS = 1, 5

# What GitHub asks for after a secondary limit, in seconds.
_RETRY_AFTER = 60.0

_TOO_MANY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
_TOO_MUCH_CONTENT = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
    "Please retry your request again later."
)


@dataclass(frozen=True)
class Excess:
    """A request that GitHub refuses: its words, its headers, and which limit was broken ("" for one that was told to wait
    already, and asked all the same)."""

    message: str
    headers: dict[str, str]
    limit: str = ""


class LimitClock:
    """Seconds as the limits count them: `speed` of them pass in a real one."""

    def __init__(self, speed: float = 1.0, real: Callable[[], float] = time.monotonic) -> None:
        self.speed = speed
        self._real = real
        self._put_forward = 0.0

    def now(self) -> float:
        return self._real() * self.speed + self._put_forward

    def put_forward(self, seconds: float) -> None:
        self._put_forward += seconds


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
    content_minute: _Window = field(default_factory=lambda: _Window(_MINUTE))
    content_hour: _Window = field(default_factory=lambda: _Window(_HOUR))
    nothing_before: float = 0.0
    no_content_before: float = 0.0


class Rates:
    """Who has used how much. `under_way` is how many requests are being answered now."""

    def __init__(self, clock: LimitClock) -> None:
        self.clock = clock
        self.under_way = 0
        self._hours: dict[str, tuple[int, float, int]] = {}
        self._accounts: dict[str, _Account] = {}

    def admit(self, actor: Actor, method: str) -> Excess | None:
        """Count one request of the App's or an installation's; what it is refused with, None when it may go on."""
        if not isinstance(actor, AppItself | InstallationToken):
            return None
        now, account = self.clock.now(), self._accounts.setdefault(_name(actor), _Account())
        writes = method not in _READING
        content = writes and isinstance(actor, InstallationToken)
        if now < account.nothing_before:
            return self._wait(_TOO_MANY, account.nothing_before - now)
        if content and now < account.no_content_before:
            return self._wait(_TOO_MUCH_CONTENT, account.no_content_before - now)
        if self.left(actor)["remaining"] == 0:
            return Excess(f"API rate limit exceeded for {_name(actor)}.", {}, f"{PER_HOUR} requests an hour")
        if self.under_way > AT_ONCE:
            account.nothing_before = now + _RETRY_AFTER
            return self._wait(_TOO_MANY, _RETRY_AFTER, f"{AT_ONCE} requests at once")
        points = _WRITE_POINTS if writes else _READ_POINTS
        if account.points.used(now) + points > POINTS_PER_MINUTE:
            account.nothing_before = now + _RETRY_AFTER
            return self._wait(_TOO_MANY, _RETRY_AFTER, f"{POINTS_PER_MINUTE} points a minute")
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
        account.points.uses.append((now, points))
        return None

    def use(self, actor: Actor) -> None:
        used, ends, reset = self._hour(actor)
        self._hours[_name(actor)] = (used + 1, ends, reset)

    def left(self, actor: Actor) -> dict[str, Any]:
        """`limit`, `remaining`, `reset` (seconds since the epoch) and `used`."""
        used, _, reset = self._hour(actor)
        limit = PER_HOUR_ANONYMOUS if isinstance(actor, Anonymous) else PER_HOUR
        return {"limit": limit, "remaining": max(limit - used, 0), "reset": reset, "used": used}

    def headers(self, actor: Actor) -> dict[str, str]:
        return {
            **{f"x-ratelimit-{name}": str(value) for name, value in self.left(actor).items()},
            "x-ratelimit-resource": "core",
        }

    def _hour(self, actor: Actor) -> tuple[int, float, int]:
        """Requests so far, and the end of the hour that began with the first of them: on the limits' clock, and as told."""
        now = self.clock.now()
        used, ends, reset = self._hours.get(_name(actor), (0, 0.0, 0))
        if ends > now:
            return used, ends, reset
        return 0, now + _HOUR, math.ceil(time.time() + _HOUR / self.clock.speed)

    def _wait(self, message: str, seconds: float, limit: str = "") -> Excess:
        return Excess(message, {"retry-after": str(math.ceil(seconds / self.clock.speed))}, limit)


def _name(actor: Actor) -> str:
    """Whose limits count: an installation's are those of all its tokens together."""
    return f"installation ID {actor.installation.id}" if isinstance(actor, InstallationToken) else actor.name
