"""Which processes carry out jobs on one Postgres, and whose jobs are orphaned.

Each says every second that it lives. Whoever finds one silent for long hands its jobs out again, one finder at a time. The
clock is the database's, because the machines' may differ. One that was taken for dead and was not finds that out by itself:
its row is not there, or says so, before any of its jobs is handed out.

One whose jobs nobody else could go on with (their sandboxes are on its machine) has to be alone: it does not begin beside
another one that lives, nor another one beside it.
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
from state.connection import Connection
from state.database import Database
from state.holding import EFFECT_SECONDS
from state.operator_problem import OperatorProblem
from state.tables import metadata

log = logging.getLogger(__name__)

# Longer than what a dead one has begun can go on (EFFECT_SECONDS), and short enough that its jobs go on elsewhere within 15 s.
DEAD_AFTER_SECONDS = 12.0
BEATS_UNTIL_DEAD = 12
# In the place of a time: it is gone, and its jobs are being handed out.
GONE = 0.0
# Any constants will do that nobody else uses on this Postgres ("BURY" and "JOIN" in ASCII).
BURIAL_LOCK = 0x42555259
JOIN_LOCK = 0x4A4F494E

ONE_NODE = (
    "a local sandbox is on its node's machine, where no other node can go on with what is in it. "
    "Stop all nodes but one, or set HARVEST_SANDBOX=modal on all of them"
)

executors = sa.Table(
    "executors",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("seen_at", Seconds, nullable=False),
    # Nobody else can go on with its jobs.
    sa.Column("alone", sa.Boolean, nullable=False, server_default=sa.false()),
)


class NotAlone(OperatorProblem):
    """This process and another one, which said at `seen_at` that it lives, can't work on the same jobs."""

    def __init__(self, message: str, seen_at: float) -> None:
        super().__init__(message)
        self.seen_at = seen_at


class Executors:
    """The processes on one Postgres, seen from the one called `me`. `life` counts how often that one was taken for dead."""

    def __init__(self, database: Database, me: str, *, dead_after_seconds: float, alone: bool = False) -> None:
        self.me = me
        self._alone = alone
        self.life = 0
        # Whether there may be others at all.
        self.several = database.dialect == "postgresql"
        self._database = database
        self._dead_after_seconds = dead_after_seconds
        self._beaten_at = -math.inf
        self._beating = asyncio.Lock()
        self._silent = executors.c.seen_at < database_now() - dead_after_seconds
        self._taken_for_dead = sa.update(executors).where(self._silent).values(seen_at=GONE)
        self.beat_seconds = dead_after_seconds / BEATS_UNTIL_DEAD

    @property
    def surely_alive(self) -> bool:
        """Whether nobody takes this process for dead before what it begins now is over. By the clock of this machine, which
        goes on while the process is stopped."""
        most = self._dead_after_seconds - min(EFFECT_SECONDS, self._dead_after_seconds / 2)
        return time.monotonic() - self._beaten_at < most

    async def join(self) -> None:
        """Begin to live. Another one that was killed a moment ago seems to live still, and is waited for. Raises NotAlone."""
        seen_at = math.inf
        while True:
            try:
                return await self.beat()
            except NotAlone as problem:
                if problem.seen_at > seen_at:
                    raise
                seen_at = problem.seen_at
            await asyncio.sleep(self.beat_seconds)

    async def beat(self) -> None:
        """Say that this process lives. When it was taken for dead it begins another life, as soon as its jobs were handed
        out. Raises NotAlone when it may not live beside another one."""
        begun = time.monotonic()
        mine = sa.update(executors).where(executors.c.id == self.me, executors.c.seen_at > GONE)
        values = {"id": self.me, "seen_at": database_now(), "alone": self._alone}
        async with self._beating, self._database.write() as connection:
            lives = (await connection.execute(mine.values(seen_at=database_now()))).rowcount == 1
            if not lives:
                self.life += self._beaten_at > -math.inf
                self._beaten_at = -math.inf
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(JOIN_LOCK)))
                await connection.execute(self._taken_for_dead)  # one that wakes now finds it so, or is seen to live
                await self._must_fit(connection)
                new = self._database.insert(executors).values(values).on_conflict_do_nothing().returning(executors.c.id)
                lives = (await connection.execute(new)).first() is not None
        if lives:
            self._beaten_at = begun

    async def _must_fit(self, connection: Connection) -> None:
        others = sa.and_(
            executors.c.id != self.me, executors.c.seen_at > GONE, sa.true() if self._alone else executors.c.alone
        )
        latest = sa.select(executors.c.id, executors.c.seen_at).where(others).order_by(executors.c.seen_at.desc()).limit(1)
        if (other := (await connection.execute(latest)).first()) is not None:
            raise NotAlone(f"another node ({other.id}) works on this database: {ONE_NODE}", other.seen_at)

    async def leave(self) -> None:
        """Say that this process is gone, so that its jobs are taken over at once."""
        async with self._database.write() as connection:
            await connection.execute(sa.update(executors).where(executors.c.id == self.me).values(seen_at=GONE))

    async def bury_the_dead(self, take_over: Callable[[str], Awaitable[int]]) -> None:
        """Hand out the jobs of processes that were silent for too long; `take_over` gets each one's id and says how many
        jobs it had. Does nothing while another process is at it."""
        async with self._database.read() as connection:
            if (await connection.execute(sa.select(executors.c.id).where(self._silent).limit(1))).first() is None:
                return
        async with self._database.write() as connection:  # first of all, so that one which wakes now knows
            await connection.execute(self._taken_for_dead)
        async with self._database.write() as connection:
            if not await connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(BURIAL_LOCK))):
                return
            for dead in (await connection.scalars(sa.select(executors.c.id).where(executors.c.seen_at == GONE))).all():
                orphans = await take_over(dead)
                await connection.execute(sa.delete(executors).where(executors.c.id == dead, executors.c.seen_at == GONE))
                log.warning("the process %s is gone; its %d unfinished jobs go on elsewhere", dead, orphans)


def living() -> sa.Select[str, bool]:
    """The processes that have said so lately, and whether each has to be alone."""
    return sa.select(executors.c.id, executors.c.alone).where(executors.c.seen_at >= database_now() - DEAD_AFTER_SECONDS)
