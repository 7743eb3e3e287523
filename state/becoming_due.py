"""One look at all that may have become due. What only time makes due, or another process, announces itself to nobody; looks of
each one's own would be a good part of what a service costs that has nothing to do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

import sqlalchemy as sa

from state.database import Database, is_away
from state.frequent import Frequent

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0


class Awaited(Protocol):
    """Rows that somebody waits for."""

    @property
    def anything_due(self) -> sa.ColumnElement[bool]:
        """Whether there is something to do now; a part of any statement."""
        ...

    def wake(self) -> None:
        """Let those look who wait for it."""
        ...


class BecomingDue:
    """All of them, in one database."""

    def __init__(self, database: Database, those: Sequence[Awaited]) -> None:
        self._database = database
        self._those = those
        self._statement = Frequent(sa.select(*(each.anything_due for each in those)))

    async def look(self) -> None:
        """Wake who waits for what is due now."""
        (found,) = await self._database.read_at_once(lambda connection: self._statement.rows(connection, {}))
        for each, is_due in zip(self._those, found, strict=True):
            if is_due:
                each.wake()

    async def keep_looking(self, every_seconds: float = LOOK_SECONDS) -> None:
        """For ever; ends only by cancellation. What is found due is found again until somebody has looked after it."""
        while True:
            await asyncio.sleep(every_seconds)
            try:
                await self.look()
            except Exception as error:  # the database is busy or gone: what is due stays so
                log.error("what has become due can't be looked for: %s", error, exc_info=not is_away(error))
