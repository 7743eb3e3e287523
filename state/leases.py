"""Leases: what one node does at a time, of all that work on one database. A lease is a row with a name, a holder and a time
until which it is the holder's; it is taken, and renewed, in one statement and by the database's clock.

A holder that is stopped for longer than its lease has lost it without knowing: what is done `while_held` is asked about before
each of its effects (state/holding.py). Who takes a lease without that looks again, by taking it once more.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import sqlalchemy as sa

from state.clock import database_now
from state.columns import Seconds
from state.database import Database
from state.holding import EFFECT_SECONDS, MovedOn, held_by
from state.tables import metadata

T = TypeVar("T")

log = logging.getLogger(__name__)

# What a holder that died had in hand is taken by another one after this.
LEASE_SECONDS = 12.0
# Renewals in one lease: the database may be away for two of them.
RENEWALS_A_LEASE = 4

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    # None for one that nobody has and nobody may take before its time.
    sa.Column("holder", sa.Text),
    sa.Column("held_until", Seconds, nullable=False),
)
resting = leases.c.holder.is_(None)


class LeaseLost(Exception):
    """Another node has the lease by now: this one was away for longer than it."""


class Leases:
    """The leases in a database, as the node called `me` sees them."""

    def __init__(self, database: Database, me: str) -> None:
        self._database = database
        self._me = me
        # By name, until when it is surely this node's: by this machine's clock, which goes on while a process is stopped.
        self._sure_until: dict[str, float] = {}

    async def take(self, name: str, seconds: float = LEASE_SECONDS, *, at_rest: bool = False) -> bool:
        """Take the lease, or renew it, for so many seconds from now. False while another node has it, or while nobody may
        take it (see `release`) unless one `at_rest` will do as well."""
        begun = time.monotonic()
        until = database_now() + seconds
        first = self._database.insert(leases).values(name=name, holder=self._me, held_until=until)
        taken = first.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": self._me, "held_until": until},
            where=sa.or_(
                leases.c.holder == self._me, leases.c.held_until <= database_now(), resting if at_rest else sa.false()
            ),
        )
        async with self._database.write() as connection:
            took = (await connection.execute(taken.returning(leases.c.name))).first() is not None
        self._sure_until[name] = begun + seconds - min(EFFECT_SECONDS, seconds / 2) if took else -math.inf
        return took

    async def release(self, name: str, *, rest: float = 0.0) -> None:
        """Give the lease back, if it is this node's. Nobody may take it for `rest` seconds, this node included."""
        self._sure_until.pop(name, None)
        mine = sa.and_(leases.c.name == name, leases.c.holder == self._me)
        resting_now = sa.update(leases).where(mine).values(holder=None, held_until=database_now() + rest)
        async with self._database.write() as connection:
            await connection.execute(resting_now if rest else sa.delete(leases).where(mine))

    async def free_in(self, name: str) -> float:
        """In how many seconds another node may take the lease as things stand; 0 or less when it may now."""
        query = sa.select(leases.c.held_until - database_now()).where(leases.c.name == name)
        async with self._database.read() as connection:
            return await connection.scalar(query) or 0.0

    async def forget(self, *, free_for: float) -> int:
        """Drop the leases that anybody might have taken for so many seconds, and nobody did; gives their number."""
        free = leases.c.held_until < database_now() - free_for
        async with self._database.write() as connection:
            return (await connection.execute(sa.delete(leases).where(free))).rowcount

    async def while_held(
        self,
        name: str,
        work: Callable[[], Awaitable[T]],
        *,
        seconds: float = LEASE_SECONDS,
        rest: float = 0.0,
        at_rest: bool = False,
    ) -> T | None:
        """Do this work under the lease, which is renewed for as long as that takes; None when it can't be taken.

        The work is cancelled when the lease is lost, and LeaseLost raised. Afterwards nobody may take the lease for `rest`
        seconds, however the work ended.
        """
        if not await self.take(name, seconds, at_rest=at_rest):
            return None

        async def check() -> None:
            if time.monotonic() >= self._sure_until.get(name, -math.inf) and not await self.take(name, seconds):
                raise MovedOn

        with held_by(check):
            working = asyncio.ensure_future(work())
        renewing = asyncio.create_task(self._renew(name, seconds), name=f"lease {name}")
        try:
            await asyncio.wait({working, renewing}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done() or working.cancelled():
                raise LeaseLost(f"the lease {name!r} is another node's by now")
            return working.result()
        finally:
            for task in (working, renewing):
                task.cancel()
            await asyncio.gather(working, renewing, return_exceptions=True)
            await self.release(name, rest=rest)

    async def _renew(self, name: str, seconds: float) -> None:
        """Returns when the lease is lost."""
        while True:
            await asyncio.sleep(seconds / RENEWALS_A_LEASE)
            try:
                if not await self.take(name, seconds):
                    return
            except Exception as error:  # the next renewal may still be in time
                log.warning("the lease %r could not be renewed: %s", name, error)
