"""Every request to GitHub has its turn here: writes wait for each other, all wait while GitHub asks for a pause.

One limiter a process, and in it one pace for each installation and one for the App itself, as GitHub counts them. Of what
another process on the same installation sends, or what this one sent before it was started anew, it knows nothing: then
GitHub's own refusals set the pace. What may go when is decided in `pacing.py`.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from github_app.github.failures import NotNow, RateLimited
from github_app.github.pacing import Ask, Pace, Urgency
from github_app.metrics import GITHUB_WAIT_SECONDS

log = structlog.get_logger()

# A longer pause is not sat out here: the caller is told, and comes again.
LONGEST_PAUSE_SECONDS = 75.0

# Progress that had no turn for so long is composed anew.
PROGRESS_SECONDS = 5.0

# The App's own requests, which no installation is charged with.
THE_APP = 0


@dataclass
class Lane:
    """One pace, and who waits in it. `timer` wakes it when the next may go."""

    pace: Pace = field(default_factory=Pace)
    waiting: dict[int, tuple[Ask, asyncio.Future[None]]] = field(default_factory=dict)
    timer: asyncio.TimerHandle | None = None


class Turn:
    """A request under way, which tells the limiter what GitHub said."""

    def __init__(self, limiter: Limiter, pace: Pace, begun: float) -> None:
        self._limiter = limiter
        self._pace = pace
        self._begun = begun

    def answered(self) -> None:
        self._pace.went_well(self._begun)

    def limited(self, seconds: float | None) -> float:
        """GitHub's limit is reached for that many seconds, None if it did not say; gives the seconds of the pause."""
        speed = self._limiter.speed
        return self._pace.limited(self._limiter.now(), self._begun, None if seconds is None else seconds * speed) / speed


class Limiter:
    """`speed` is how many seconds of GitHub's limits pass in one: 1 on github.com."""

    def __init__(self, speed: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.speed = speed
        self._clock = clock
        self._lanes: dict[int, Lane] = {}
        self._numbers = itertools.count(1)

    def now(self) -> float:
        return self._clock() * self.speed

    @asynccontextmanager
    async def turn(self, installation: int, what: str, *, writes: bool, urgency: Urgency, session: str) -> AsyncIterator[Turn]:
        """Wait for this request's turn, and count it as under way within the block. `what` is the request, for errors.

        Raises NotNow for progress that has no turn soon, RateLimited when GitHub wants a longer pause.
        """
        lane = self._lane(installation)
        ask = Ask(next(self._numbers), writes, installation != THE_APP, urgency, session)
        began_waiting = time.monotonic()
        try:
            async with asyncio.timeout(PROGRESS_SECONDS if writes and urgency is Urgency.PROGRESS else None):
                await self._wait(lane, ask)
        except TimeoutError:
            raise NotNow(what, "there is more urgent to say on GitHub") from None
        except _LongPause as pause:
            raise RateLimited(what, pause.seconds) from None
        begun = self.now()
        if writes:
            GITHUB_WAIT_SECONDS.labels(urgency.name.lower()).observe(time.monotonic() - began_waiting)
        try:
            yield Turn(self, lane.pace, begun)
        finally:
            lane.pace.end(ask, self.now())
            self._choose(lane)

    async def _wait(self, lane: Lane, ask: Ask) -> None:
        """Until it is this one's turn: then it has begun."""
        granted = asyncio.get_running_loop().create_future()
        lane.waiting[ask.number] = (ask, granted)
        self._choose(lane)
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled() and granted.exception() is None:
                lane.pace.end(ask, self.now())  # its turn came at the moment at which it was called away
            raise
        finally:
            if lane.waiting.pop(ask.number, None) is not None:
                self._choose(lane)

    def _choose(self, lane: Lane) -> None:
        """Let all go whose turn it is, and look again when the next one's comes."""
        if lane.timer is not None:
            lane.timer.cancel()
            lane.timer = None
        now = self.now()
        if (lane.pace.paused_until - now) / self.speed > LONGEST_PAUSE_SECONDS:
            for _, granted in lane.waiting.values():
                if not granted.done():
                    granted.set_exception(_LongPause((lane.pace.paused_until - now) / self.speed))
            lane.waiting.clear()
        while lane.waiting:
            chosen = lane.pace.choose([ask for ask, _ in lane.waiting.values()], now)
            if chosen is None:
                delay = (lane.pace.next_moment([ask for ask, _ in lane.waiting.values()], now) - now) / self.speed
                if delay < float("inf"):
                    lane.timer = asyncio.get_running_loop().call_later(max(delay, 0.001), self._choose, lane)
                return
            _, granted = lane.waiting.pop(chosen.number)
            if not granted.done():
                lane.pace.begin(chosen, now)
                granted.set_result(None)

    def _lane(self, installation: int) -> Lane:
        """The installation's lane; those in which nothing goes on and nothing counts any more are forgotten."""
        if installation not in self._lanes:
            now = self.now()
            self._lanes = {number: lane for number, lane in self._lanes.items() if lane.waiting or not lane.pace.idle(now)}
            self._lanes[installation] = Lane()
        return self._lanes[installation]


class _LongPause(Exception):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
