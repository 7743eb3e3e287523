"""Which processes carry out jobs on one Postgres, and whose jobs are orphaned.

Each says every second that it lives. Whoever finds one silent for long hands its jobs out again, one finder at a time. The
clock is the database's, because the machines' may differ. One that was taken for dead and was not finds that out by itself:
its row is not there, or says so, before any of its jobs is handed out.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable

import sqlalchemy as sa

from state.clock import database_now
from state.columns import Seconds
from state.database import Database
from state.holding import EFFECT_SECONDS
from state.tables import metadata

log = logging.getLogger(__name__)

# Longer than what a dead one has begun can go on (EFFECT_SECONDS), and short enough that its jobs go on elsewhere within 15 s.
DEAD_AFTER_SECONDS = 12.0
BEATS_UNTIL_DEAD = 12
# In the place of a time: it is gone, and its jobs are being handed out.
GONE = 0.0
# Any constant will do that nobody else uses on this Postgres ("BURY" in ASCII).
BURIAL_LOCK = 0x42555259

executors = sa.Table(
    "executors",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("seen_at", Seconds, nullable=False),
)


class Executors:
    """The processes on one Postgres, seen from the one called `me`. `life` counts how often that one was taken for dead."""

    def __init__(self, database: Database, me: str, *, dead_after_seconds: float) -> None:
        self.me = me
        self.life = 0
        # Whether there may be others at all.
        self.several = database.dialect == "postgresql"
        self._database = database
        self._dead_after_seconds = dead_after_seconds
        self._beaten_at = -math.inf
        self._beating = asyncio.Lock()
        self.beat_seconds = dead_after_seconds / BEATS_UNTIL_DEAD

    @property
    def surely_alive(self) -> bool:
        """Whether nobody takes this process for dead before what it begins now is over. By the clock of this machine, which
        goes on while the process is stopped."""
        most = self._dead_after_seconds - min(EFFECT_SECONDS, self._dead_after_seconds / 2)
        return time.monotonic() - self._beaten_at < most

    async def beat(self) -> None:
        """Say that this process lives. When it was taken for dead it begins another life, as soon as its jobs were handed
        out."""
        begun = time.monotonic()
        mine = sa.update(executors).where(executors.c.id == self.me, executors.c.seen_at > GONE)
        new = self._database.insert(executors).values(id=self.me, seen_at=database_now()).on_conflict_do_nothing()
        async with self._beating, self._database.write() as connection:
            lives = (await connection.execute(mine.values(seen_at=database_now()))).rowcount == 1
            if not lives:
                lives = (await connection.execute(new)).rowcount == 1
                self.life += 1
        if lives:
            self._beaten_at = begun

    async def leave(self) -> None:
        """Say that this process is gone, so that its jobs are taken over at once."""
        async with self._database.write() as connection:
            await connection.execute(sa.update(executors).where(executors.c.id == self.me).values(seen_at=GONE))

    async def bury_the_dead(self, take_over: Callable[[str], Awaitable[int]]) -> None:
        """Hand out the jobs of processes that were silent for too long; `take_over` gets each one's id and says how many
        jobs it had. Does nothing while another process is at it."""
        silent = executors.c.seen_at < database_now() - self._dead_after_seconds
        async with self._database.read() as connection:
            if (await connection.execute(sa.select(executors.c.id).where(silent).limit(1))).first() is None:
                return
        async with self._database.write() as connection:  # first of all, so that one which wakes now knows
            await connection.execute(sa.update(executors).where(silent).values(seen_at=GONE))
        async with self._database.write() as connection:
            if not await connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(BURIAL_LOCK))):
                return
            for dead in (await connection.scalars(sa.select(executors.c.id).where(executors.c.seen_at == GONE))).all():
                orphans = await take_over(dead)
                await connection.execute(sa.delete(executors).where(executors.c.id == dead, executors.c.seen_at == GONE))
                log.warning("the process %s is gone; its %d unfinished jobs go on elsewhere", dead, orphans)
