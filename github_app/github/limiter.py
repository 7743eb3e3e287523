"""Every request to GitHub has its turn here: writes wait for each other, all wait while GitHub asks for a pause.

One limiter a process, and in it a lane for each installation and one for the App itself, as GitHub counts them. What may go
when is decided in `pacing.py`, from what is kept in `paces.py`: on Postgres that is what all nodes have asked for. Nothing is
known of what else is sent for the same installation, and on SQLite of what this process sent before it was started anew: there
GitHub's own refusals set the pace.
"""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import math
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from github_app.github.failures import NotNow, RateLimited
from github_app.github.paces import OwnPaces, Paces
from github_app.github.pacing import Request, Urgency
from github_app.metrics import GITHUB_WAIT_SECONDS

# A longer pause is not sat out here: the caller is told, and comes again.
LONGEST_PAUSE_SECONDS = 75.0

# Progress that had no turn for so long is composed anew.
PROGRESS_SECONDS = 5.0

# How long the end of a request may wait to be counted while nobody waits for it: until then it counts as under way.
COUNT_SECONDS = 1.0

# Clocks are not finer than that.
SHORTEST_SECONDS = 0.001

# The App's own requests, which no installation is charged with.
THE_APP = 0


@dataclass(frozen=True)
class Ended:
    """A request that is over: when by this machine's clock, and when it had begun by the pace's if GitHub took it well."""

    request: Request
    at: float
    went_well_since: float | None


@dataclass
class Lane:
    """Who waits for a turn, how many have theirs, and what has ended and is not counted yet. `serving` gives the turns for as
    long as there are any."""

    installation: int
    under_way: int = 0
    waiting: dict[int, tuple[Request, asyncio.Future[float]]] = field(default_factory=dict)
    ended: list[Ended] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    serving: asyncio.Task[None] | None = None


class Turn:
    """A request under way, which tells the limiter what GitHub said. `begun` is by the pace's clock."""

    def __init__(self, paces: Paces, installation: int, begun: float) -> None:
        self.begun = begun
        self.went_well = False
        self._paces = paces
        self._installation = installation

    def answered(self) -> None:
        self.went_well = True

    async def limited(self, seconds: float | None) -> float:
        """GitHub's limit is reached for that many seconds, None if it did not say; gives the seconds of the pause."""
        speed = self._paces.speed
        async with self._paces.at(self._installation) as (pace, now):
            return pace.limited(now, self.begun, None if seconds is None else seconds * speed) / speed


class Limiter:
    """Gives turns by these paces."""

    def __init__(self, paces: Paces | None = None) -> None:
        self._paces = paces or OwnPaces()
        self._lanes: dict[int, Lane] = {}
        # By number a request is known among those of all nodes.
        self._numbers = itertools.count(secrets.randbits(52))

    @asynccontextmanager
    async def turn(self, installation: int, what: str, *, writes: bool, urgency: Urgency, session: str) -> AsyncIterator[Turn]:
        """Wait for this request's turn, and count it as under way within the block. `what` is the request, for errors.

        Raises NotNow for progress that has no turn soon, RateLimited when GitHub wants a longer pause, and what the database
        raises when the paces are there and it is away.
        """
        lane = self._lanes.setdefault(installation, Lane(installation))
        request = Request(next(self._numbers), writes, installation != THE_APP, urgency, session)
        began_waiting = time.monotonic()
        try:
            async with asyncio.timeout(PROGRESS_SECONDS if writes and urgency is Urgency.PROGRESS else None):
                begun = await self._wait(lane, request)
        except TimeoutError:
            raise NotNow(what, "there is more urgent to say on GitHub") from None
        except _LongPause as pause:
            raise RateLimited(what, pause.seconds) from None
        if writes:
            GITHUB_WAIT_SECONDS.labels(urgency.name.lower()).observe(time.monotonic() - began_waiting)
        turn = Turn(self._paces, installation, begun)
        try:
            yield turn
        finally:
            self._end(lane, request, begun if turn.went_well else None)

    async def close(self) -> None:
        """Count what has ended, and give no more turns."""
        serving = [lane.serving for lane in self._lanes.values() if lane.serving is not None]
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        for lane in list(self._lanes.values()):
            if lane.ended:
                await self._give_turns(lane)
        self._lanes.clear()

    async def _wait(self, lane: Lane, request: Request) -> float:
        """Until it is this one's turn: then it has begun. Gives the time by the pace's clock."""
        granted: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        lane.waiting[request.number] = (request, granted)
        self._wake(lane)
        try:
            return await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled() and granted.exception() is None:
                self._end(lane, request, None)  # its turn came at the moment at which it was called away
            raise
        finally:
            lane.waiting.pop(request.number, None)

    def _end(self, lane: Lane, request: Request, went_well_since: float | None) -> None:
        lane.under_way -= 1
        lane.ended.append(Ended(request, time.monotonic(), went_well_since))
        self._wake(lane)

    def _wake(self, lane: Lane) -> None:
        """See to it that turns are given, by a task that is nobody's: it holds nothing that another node could take over."""
        if lane.serving is None or lane.serving.done():
            lane.serving = asyncio.create_task(
                self._serve(lane), name=f"turns at GitHub {lane.installation}", context=contextvars.Context()
            )
        lane.woken.set()

    async def _serve(self, lane: Lane) -> None:
        """Give turns until nobody waits and all that ended is counted."""
        while lane.waiting or lane.ended:
            lane.woken.clear()
            count_in = lane.ended[0].at + COUNT_SECONDS - time.monotonic() if lane.ended else 0.0
            wait = await self._give_turns(lane) if lane.waiting or count_in <= 0 else count_in
            if lane.waiting or lane.ended:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await lane.woken.wait()
        if not lane.under_way:
            self._lanes.pop(lane.installation, None)

    async def _give_turns(self, lane: Lane) -> float | None:
        """Let all go whose turn it is; gives the seconds after which to look for the next one, None for not before something
        comes or ends."""
        ended, before, chosen = list(lane.ended), time.monotonic(), list[Request]()
        speed, look_seconds = self._paces.speed, self._paces.look_seconds
        try:
            async with self._paces.at(lane.installation) as (pace, now):
                for each in ended:
                    # At the latest: that clock was read after this one.
                    pace.end(each.request, now - (before - each.at) * speed)
                    if each.went_well_since is not None:
                        pace.went_well(each.went_well_since)
                waiting = {number: request for number, (request, _) in lane.waiting.items()}
                while (request := pace.choose(waiting.values(), now)) is not None:
                    pace.begin(waiting.pop(request.number), now)
                    chosen.append(request)
                wait = (pace.next_moment(waiting.values(), now) - now) / speed
                pause = (pace.paused_until - now) / speed
        except Exception as problem:
            fail_all(lane, problem)
            return COUNT_SECONDS
        del lane.ended[: len(ended)]
        lane.under_way += len(chosen)
        for request in chosen:
            _, granted = lane.waiting.pop(request.number, (request, None))
            if granted is None or granted.done():
                self._end(lane, request, None)  # it was called away meanwhile
            else:
                granted.set_result(now)
        if pause > LONGEST_PAUSE_SECONDS:
            fail_all(lane, _LongPause(pause))
        if look_seconds is not None:
            return min(wait, look_seconds)
        return max(wait, SHORTEST_SECONDS) if wait < math.inf else None


def fail_all(lane: Lane, problem: Exception) -> None:
    """Nobody who waits has a turn."""
    for _, granted in lane.waiting.values():
        if not granted.done():
            granted.set_exception(problem)
    lane.waiting.clear()


class _LongPause(Exception):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
