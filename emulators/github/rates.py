"""How many requests each credential has left this hour, as GitHub's x-ratelimit headers say it. Nothing is refused here:
limits are reached on demand, by a fault. https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"""

from __future__ import annotations

import time
from typing import Any

from emulators.github.tokens import Actor, Anonymous

PER_HOUR = 5_000
PER_HOUR_ANONYMOUS = 60
_HOUR = 3_600


class Rates:
    """Requests counted in hours that start with a credential's first request."""

    def __init__(self) -> None:
        self._used: dict[str, tuple[int, int]] = {}

    def use(self, actor: Actor) -> None:
        used, reset = self._window(actor)
        self._used[actor.name] = (used + 1, reset)

    def left(self, actor: Actor) -> dict[str, Any]:
        """`limit`, `remaining`, `reset` (seconds since the epoch) and `used`."""
        used, reset = self._window(actor)
        limit = PER_HOUR_ANONYMOUS if isinstance(actor, Anonymous) else PER_HOUR
        return {"limit": limit, "remaining": max(limit - used, 0), "reset": reset, "used": used}

    def headers(self, actor: Actor) -> dict[str, str]:
        return {
            **{f"x-ratelimit-{name}": str(value) for name, value in self.left(actor).items()},
            "x-ratelimit-resource": "core",
        }

    def _window(self, actor: Actor) -> tuple[int, int]:
        moment = int(time.time())
        used, reset = self._used.get(actor.name, (0, 0))
        return (used, reset) if reset > moment else (0, moment + _HOUR)
