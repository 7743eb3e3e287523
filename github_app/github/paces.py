"""Where the paces are kept, one for each installation and one for the App itself: in this process, or in the database that
several nodes work on, so that together they ask for no more than GitHub lets one App do.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from github_app.github.pacing import Pace
from state.database import Database
from state.pace_rows import PaceRows

# Whoever made a request that goes on for so long was killed before its end could be written down.
LOST_AFTER_SECONDS = 120.0
# What others have ended, or kept for longer than they needed, is noticed by then.
LOOK_SECONDS = 0.5


class Paces(Protocol):
    """`speed` is how many seconds of GitHub's limits pass in one; `look_seconds`, after which time whoever waits has to look
    anew, None when nothing changes but by this process's own doing."""

    speed: float
    look_seconds: float | None

    def at(self, installation: int) -> AbstractAsyncContextManager[tuple[Pace, float]]:
        """The installation's pace, and the time by its clock. What the block changes counts from its end on; nobody else
        changes it meanwhile."""
        ...


class OwnPaces:
    """In this process alone."""

    look_seconds: float | None = None

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._paces: dict[int, Pace] = {}

    @asynccontextmanager
    async def at(self, installation: int) -> AsyncIterator[tuple[Pace, float]]:
        now = time.monotonic() * self.speed
        if installation not in self._paces:
            self._paces = {number: pace for number, pace in self._paces.items() if not pace.idle(now)}
            self._paces[installation] = Pace()
        yield self._paces[installation], now


class SharedPaces:
    """In rows that all nodes read and write, by the database's clock. Whose turn is next in a process is its own business."""

    look_seconds: float | None = LOOK_SECONDS

    def __init__(self, rows: PaceRows, speed: float = 1.0) -> None:
        self.speed = speed
        self._rows = rows
        self._paces: dict[int, Pace] = {}

    @asynccontextmanager
    async def at(self, installation: int) -> AsyncIterator[tuple[Pace, float]]:
        async with self._rows.locked(installation) as row:
            now = row.now * self.speed
            pace = self._paces.setdefault(installation, Pace())
            if row.content is not None:
                pace.load(row.content)
                pace.end_what_began_before(now - LOST_AFTER_SECONDS * self.speed, now)
            yield pace, now
            row.content = pace.to_plain(now)


def paces_of(database: Database, speed: float) -> Paces:
    """SQLite has one process at a time."""
    return OwnPaces(speed) if database.dialect == "sqlite" else SharedPaces(PaceRows(database), speed)
