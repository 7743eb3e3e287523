"""What may be asked of GitHub now, and when the next thing may be, within its limits for one installation. Pure: the clock's
value is handed in, nobody waits here.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api

A request under way counts as made now, one that has ended as made at its end: GitHub counted it in between, so that what it
sees in any of its minutes and hours is never more than what is counted here. It can be written down, and read by whoever else
asks for the same installation.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from github_app.github.failures import RATE_LIMITED

MINUTE, HOUR = 60.0, 3_600.0

# "No more than 900 points per minute", a read is one and a write five. So many reads leave enough for a minute's writes.
POINTS_PER_MINUTE = 900
READS_PER_MINUTE = 500
READ_POINTS, WRITE_POINTS = 1, 5

# "No more than 80 content-generating requests per minute and … 500 per hour". Which requests those are GitHub does not list:
# every write counts here.
WRITES_PER_MINUTE = 80
WRITES_PER_HOUR = 500

# "No more than 100 concurrent requests": half of it, which leaves room for git and for other users of the App.
AT_ONCE = 50

# "Wait at least one second between each": after this many at once, which is more than what a lone job writes in a row.
BURST = 10
GAP_SECONDS = 1.0

# Progress leaves half of the hour to what has to be said, and is spread over all of it.
PROGRESS_PER_HOUR = WRITES_PER_HOUR // 2
PROGRESS_BURST = 40
PROGRESS_GAP_SECONDS = HOUR / PROGRESS_PER_HOUR

# When it is written down, what ended is put together into so many parts of a minute or an hour, each as at its end.
PARTS_OF_A_WINDOW = 120

# Sessions whose last turn is remembered; one that is forgotten has waited longest.
SESSIONS_REMEMBERED = 1_000


class Urgency(IntEnum):
    """In which order writes have their turn. Progress is shown when nobody else waits, or not at all."""

    END = 0
    ANSWER = 1
    PROGRESS = 2


@dataclass(frozen=True)
class Request:
    """A request that wants to be made. `number` grows with each; `session` is whom turns are shared out to; `content` is
    False for a write that shows nobody anything (a token is asked for)."""

    number: int
    writes: bool
    content: bool = True
    urgency: Urgency = Urgency.ANSWER
    session: str = ""

    @property
    def kind(self) -> tuple[bool, bool, bool]:
        """What the limits make a difference between."""
        return self.writes, self.content, self.urgency is Urgency.PROGRESS

    @property
    def points(self) -> int:
        return WRITE_POINTS if self.writes else READ_POINTS


@dataclass(frozen=True)
class UnderWay:
    """What counts of a request that has begun and not ended."""

    begun: float
    writes: bool
    content: bool

    @property
    def points(self) -> int:
        return WRITE_POINTS if self.writes else READ_POINTS


@dataclass
class Window:
    """How much was used in the `seconds` before now; `under_way` has not ended yet."""

    limit: int
    seconds: float
    ended: deque[tuple[float, int]] = field(default_factory=deque)
    used: int = 0
    under_way: int = 0

    def begin(self, amount: int) -> None:
        self.under_way += amount

    def end(self, now: float, amount: int) -> None:
        self.under_way -= amount
        self.used += amount
        self.ended.append((now, amount))

    def taken(self, now: float) -> int:
        while self.ended and self.ended[0][0] + self.seconds <= now:
            self.used -= self.ended.popleft()[1]
        return self.used + self.under_way

    def free_at(self, now: float, amount: int) -> float:
        """When that much more may be used; infinity as long as it hangs on what is under way."""
        return self.below(self.limit - amount, now)

    def parts(self, now: float) -> list[tuple[float, int]]:
        """What has ended, in at most PARTS_OF_A_WINDOW parts and one. None counts for a shorter time than it should."""
        self.taken(now)
        part, found = self.seconds / PARTS_OF_A_WINDOW, dict[float, int]()
        for ended, amount in self.ended:
            end = math.ceil(ended / part) * part
            found[end] = found.get(end, 0) + amount
        return sorted(found.items())

    def below(self, most: int, now: float) -> float:
        """When no more than that is taken."""
        over = self.taken(now) - most
        if over <= 0:
            return now
        for ended, freed in self.ended:
            over -= freed
            if over <= 0:
                return ended + self.seconds
        return math.inf


@dataclass
class Burst:
    """So many at once, and after them one every `gap` seconds."""

    size: int
    gap: float
    full_at: float = -math.inf

    def free_at(self, now: float) -> float:
        return max(now, self.full_at - (self.size - 1) * self.gap)

    def take(self, now: float) -> None:
        self.full_at = max(self.full_at, now) + self.gap


class Pace:
    """One installation's requests, or the App's own. All times are in seconds of one clock, which never goes back."""

    def __init__(self) -> None:
        self.paused_until = -math.inf
        self._points = Window(POINTS_PER_MINUTE, MINUTE)
        self._reads = Window(READS_PER_MINUTE, MINUTE)
        self._minute = Window(WRITES_PER_MINUTE, MINUTE)
        self._hour = Window(WRITES_PER_HOUR, HOUR)
        self._burst = Burst(BURST, GAP_SECONDS)
        self._progress = Burst(PROGRESS_BURST, PROGRESS_GAP_SECONDS)
        self._last_write = -math.inf
        self._limited_in_a_row = 0
        self._under_way: dict[int, UnderWay] = {}
        self._turns = 0
        self._last_turn: OrderedDict[str, int] = OrderedDict()

    def free_at(self, request: Request, now: float) -> float:
        """When this may be asked, if nobody else asks before; infinity when something has to end first."""
        if len(self._under_way) >= AT_ONCE:
            return math.inf
        moments = [now, self.paused_until, self._points.free_at(now, request.points)]
        if not request.writes:
            moments.append(self._reads.free_at(now, 1))
        elif request.content:
            moments += [
                self._burst.free_at(now),
                self._minute.free_at(now, 1),
                self._hour.free_at(now, 1),
                self._spread_at(now),
            ]
            if request.urgency is Urgency.PROGRESS:
                moments += [self._progress.free_at(now), self._hour.below(PROGRESS_PER_HOUR - 1, now)]
        return max(moments)

    def choose(self, waiting: Collection[Request], now: float) -> Request | None:
        """Whose turn it is now: the most urgent, of these the session that had no turn for longest. Reads don't wait for
        writes. None when nobody may."""
        able = {kind for kind, moment in self._moments(waiting, now).items() if moment <= now}
        return min((request for request in waiting if request.kind in able), key=self._order, default=None)

    def next_moment(self, waiting: Collection[Request], now: float) -> float:
        """When to choose again, if nothing begins, ends or comes before; infinity for not before that."""
        return min(self._moments(waiting, now).values(), default=math.inf)

    def begin(self, request: Request, now: float) -> None:
        """The request is on its way."""
        self._count(request.number, UnderWay(now, request.writes, request.content))
        if request.writes and request.content:
            self._burst.take(now)
            self._last_write = now
            if request.urgency is Urgency.PROGRESS:
                self._progress.take(now)
        self._turns += 1
        self._last_turn[request.session] = self._turns
        self._last_turn.move_to_end(request.session)
        if len(self._last_turn) > SESSIONS_REMEMBERED:
            self._last_turn.popitem(last=False)

    def end(self, request: Request, now: float) -> None:
        """The request has been answered, or was given up."""
        self._end(request.number, now)

    def end_what_began_before(self, moment: float, now: float) -> None:
        """Whoever made these requests was gone before they could tell their ends."""
        for number in [number for number, each in self._under_way.items() if each.begun < moment]:
            self._end(number, now)

    def limited(self, now: float, begun: float, seconds: float | None) -> float:
        """GitHub refused a request that had `begun` then: everything pauses for as long as it says, else for a minute, twice
        as long each time in a row. Gives the seconds of pause that are left."""
        if begun >= self.paused_until:  # else it is from before the pause, and says nothing new
            self._limited_in_a_row += 1
        if seconds is None:
            seconds = RATE_LIMITED.before_try(self._limited_in_a_row)
        self.paused_until = max(self.paused_until, now + seconds)
        # What has gathered meanwhile goes out one by one.
        self._burst.full_at = max(self._burst.full_at, self.paused_until + BURST * GAP_SECONDS)
        return self.paused_until - now

    def went_well(self, begun: float) -> None:
        """A request that had begun after the last pause was answered."""
        if begun >= self.paused_until:
            self._limited_in_a_row = 0

    def idle(self, now: float) -> bool:
        """Whether nothing would be lost if this were forgotten."""
        return now >= self.paused_until and not (self._points.taken(now) or self._hour.taken(now))

    def to_plain(self, now: float) -> dict[str, Any]:
        """All that is counted, as JSON's own types. Whose turn was when is each process's own business."""
        return {
            "paused_until": plain(self.paused_until),
            "limited_in_a_row": self._limited_in_a_row,
            "burst": plain(self._burst.full_at),
            "progress": plain(self._progress.full_at),
            "last_write": plain(self._last_write),
            "windows": [window.parts(now) for window in self._all_windows()],
            "under_way": [[number, each.begun, each.writes, each.content] for number, each in self._under_way.items()],
        }

    def load(self, counted: dict[str, Any]) -> None:
        """Take what was written down in the place of what is counted here."""
        self.paused_until = moment_of(counted["paused_until"])
        self._limited_in_a_row = counted["limited_in_a_row"]
        self._burst.full_at = moment_of(counted["burst"])
        self._progress.full_at = moment_of(counted["progress"])
        self._last_write = moment_of(counted["last_write"])
        for window, parts in zip(self._all_windows(), counted["windows"], strict=True):
            window.ended = deque((ended, amount) for ended, amount in parts)
            window.used, window.under_way = sum(amount for _, amount in parts), 0
        self._under_way = {}
        for number, begun, writes, content in counted["under_way"]:
            self._count(number, UnderWay(begun, writes, content))

    def _spread_at(self, now: float) -> float:
        """Once half of the hour's writes are used, the rest is spread over the time until the first of them counts no more:
        what has to be said waits a little each time, and never for the better part of an hour."""
        taken = self._hour.taken(now)
        left = WRITES_PER_HOUR - taken
        if taken < WRITES_PER_HOUR // 2 or left <= 0:
            return now
        first = self._hour.ended[0][0] if self._hour.ended else now
        return self._last_write + (first + HOUR - self._last_write) / left

    def _moments(self, waiting: Collection[Request], now: float) -> dict[tuple[bool, bool, bool], float]:
        """When each kind that waits may go: those of one kind may at the same moment."""
        return {kind: self.free_at(request, now) for kind, request in {request.kind: request for request in waiting}.items()}

    def _count(self, number: int, request: UnderWay) -> None:
        self._under_way[number] = request
        for window, amount in self._windows(request):
            window.begin(amount)

    def _end(self, number: int, now: float) -> None:
        """One that has been ended before counts no more."""
        if (request := self._under_way.pop(number, None)) is not None:
            for window, amount in self._windows(request):
                window.end(now, amount)

    def _all_windows(self) -> tuple[Window, ...]:
        return self._points, self._reads, self._minute, self._hour

    def _windows(self, request: UnderWay) -> list[tuple[Window, int]]:
        """The windows that this is counted in, and as how much."""
        counted = [(self._points, request.points)]
        if not request.writes:
            counted.append((self._reads, 1))
        elif request.content:
            counted += [(self._minute, 1), (self._hour, 1)]
        return counted

    def _order(self, request: Request) -> tuple[bool, int, int, int]:
        return request.writes, request.urgency, self._last_turn.get(request.session, 0), request.number


def plain(moment: float) -> float | None:
    """JSON knows no infinity."""
    return None if moment == -math.inf else moment


def moment_of(written: float | None) -> float:
    return -math.inf if written is None else written
