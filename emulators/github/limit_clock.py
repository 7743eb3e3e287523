"""The limits' own time, which can run faster than the real one, or be put forward."""

from __future__ import annotations

import time
from collections.abc import Callable


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
