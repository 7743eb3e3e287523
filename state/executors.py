"""Which processes carry out jobs on one Postgres, and whose jobs are orphaned.

Each says every other second that it lives. Whoever finds one silent for long hands its jobs out again, one finder at a time.
The clock is the database's, because the machines' may differ.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import sqlalchemy as sa

from state.clock import database_now
from state.columns import Seconds
from state.database import Database
from state.tables import metadata

log = logging.getLogger(__name__)

# A slow database or a long pause of one process must not start its jobs elsewhere.
DEAD_AFTER_SECONDS = 30
BEATS_UNTIL_DEAD = 15
# Any constant will do that nobody else uses on this Postgres ("BURY" in ASCII).
BURIAL_LOCK = 0x42555259

executors = sa.Table(
    "executors",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("seen_at", Seconds, nullable=False),
)


class Executors:
    """The processes on one Postgres, seen from the one called `me`."""

    def __init__(self, database: Database, me: str, *, dead_after_seconds: float) -> None:
        self.me = me
        self._database = database
        self._dead_after_seconds = dead_after_seconds
        self.beat_seconds = dead_after_seconds / BEATS_UNTIL_DEAD

    async def beat(self) -> None:
        """Say that this process lives."""
        seen = self._database.insert(executors).values(id=self.me, seen_at=database_now())
        seen = seen.on_conflict_do_update(index_elements=["id"], set_={"seen_at": database_now()})
        async with self._database.write() as connection:
            await connection.execute(seen)

    async def leave(self) -> None:
        """Say that this process is gone, so that its jobs are taken over at once."""
        async with self._database.write() as connection:
            await connection.execute(sa.update(executors).where(executors.c.id == self.me).values(seen_at=0))

    async def bury_the_dead(self, take_over: Callable[[str], Awaitable[int]]) -> None:
        """Hand out the jobs of processes that were silent for too long; `take_over` gets each one's id and says how many
        jobs it had. Does nothing while another process is at it."""
        silent = sa.select(executors.c.id).where(executors.c.seen_at < database_now() - self._dead_after_seconds)
        async with self._database.write() as connection:
            if not await connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(BURIAL_LOCK))):
                return
            for dead in (await connection.scalars(silent)).all():
                orphans = await take_over(dead)
                await connection.execute(sa.delete(executors).where(executors.c.id == dead))
                log.warning("the process %s is gone; its %d unfinished jobs go on elsewhere", dead, orphans)
