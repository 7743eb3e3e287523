"""Waiting for what another task or process does: looking again and again, with more patience than a busy machine needs."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

Seen = TypeVar("Seen")

# What is waited for is there within a second or two; the rest is for a machine under load.
PATIENCE_SECONDS = 60.0

# The first looks come quickly, later ones cost a busy machine little.
_FIRST_LOOK_SECONDS = 0.01
_LAST_LOOK_SECONDS = 0.1
_LONGER = 1.5


def wait_until(look: Callable[[], Seen], what: str, *, seconds: float = PATIENCE_SECONDS) -> Seen:
    """Look again and again until something true is seen, and give it. Fails with `what` was waited for."""
    for pause in _pauses(seconds):
        if seen := look():
            return seen
        threading.Event().wait(pause)
    raise AssertionError(f"waited {seconds:.0f} s in vain for {what}; last seen: {look()!r}")


async def until(
    happened: Callable[[], bool] | Callable[[], Awaitable[bool]],
    what: str = "it to happen",
    *,
    seconds: float = PATIENCE_SECONDS,
) -> None:
    """The same, without holding up the event loop; the look itself may have to wait for an answer."""
    for pause in _pauses(seconds):
        seen = happened()
        if seen if isinstance(seen, bool) else await seen:
            return
        await asyncio.sleep(pause)
    raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")


def _pauses(seconds: float) -> Iterator[float]:
    deadline = time.monotonic() + seconds
    pause = _FIRST_LOOK_SECONDS
    while time.monotonic() < deadline:
        yield pause
        pause = min(pause * _LONGER, _LAST_LOOK_SECONDS)
