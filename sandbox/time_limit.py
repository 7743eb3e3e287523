"""Time limits that count the time in which this process really ran.

A process that was frozen (a suspended machine, a debugger, a host without a free processor) finds on waking that all its time
is over, and that what it waited for ended long ago. So a limit is counted in slices: a slice that took much longer counts as
one, and before giving up after such a one, there is another in which what has ended meanwhile is seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

LONGEST_SLICE_SECONDS = 1.0
# A busy event loop is late by a part of a slice, one that was frozen by more than a whole one.
LATE = 2.0


class TimeLimit:
    """As `asyncio.timeout`: the block raises TimeoutError when it takes longer than this many seconds in which we ran."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._slice = min(LONGEST_SLICE_SECONDS, seconds / 4)
        self._limit = asyncio.timeout(None)
        self._looked_again = False

    async def __aenter__(self) -> TimeLimit:
        await self._limit.__aenter__()
        self._begin(self._slice)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._next.cancel()
        await self._limit.__aexit__(kind, error, traceback)

    def expired(self) -> bool:
        """Whether a TimeoutError that comes out of the block is this limit's own."""
        return self._limit.expired()

    @contextmanager
    def not_counted(self) -> Iterator[None]:
        """The limit does not go on within this block."""
        self._next.cancel()
        try:
            yield
        finally:
            self._begin(self._slice)

    def _begin(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        self._next = loop.call_later(seconds, self._over, seconds)

    def _over(self, planned: float) -> None:
        now = asyncio.get_running_loop().time()
        was_late = now - self._began > LATE * self._slice
        self._left -= planned
        if self._left > 0:
            self._begin(min(self._slice, self._left))
        elif was_late and not self._looked_again:
            self._looked_again = True
            self._begin(self._slice)
        else:
            self._limit.reschedule(now)
