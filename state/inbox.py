"""The inbox: a delivery is accepted once its row is committed, and handled from here, in order, until it is done.

Deliveries that arrive together share one commit, because the disk's answer to a commit is what takes the time. The row is
the queue: whoever handles deliveries takes the due ones, and says of each that it is done, to be tried later, or parked.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from state.arrivals import Arrivals
from state.columns import ForeignText, RowNumber, Seconds
from state.database import Database
from state.row_writers import Accepted, row_writer
from state.tables import metadata

log = logging.getLogger(__name__)

# A handler makes a few requests to GitHub, each retried for seconds: past this it is taken to have died with its process.
LEASE_SECONDS = 120
# With the delays that the handler doubles between attempts, about an hour of a failing GitHub.
MAX_ATTEMPTS = 8
TAKE_ROWS = 50
# Not the time of arrival: a clock that is set back would make what has just arrived wait until then.
AT_ONCE = 0.0
DIED = f"its handler ended without a word, the last of {MAX_ATTEMPTS} times"

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("delivery_id", sa.Text, nullable=False, unique=True),
    sa.Column("domain_key", sa.Text, unique=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("action", sa.Text),
    sa.Column("received_at", Seconds, nullable=False),
    sa.Column("due_at", Seconds, nullable=False),
    sa.Column("taken", sa.Boolean, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", ForeignText),
    sa.Column("parked_at", Seconds),
    sa.Column("handled_version", sa.Integer),
    sa.Column("handled_at", Seconds),
    sa.Column("note", ForeignText),
    # Last, because SQLite walks through all of it to get at what stands behind.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
# Handed out before, and whoever had it has neither finished nor said why.
suspicious = sa.and_(inbox.c.attempts > 0, inbox.c.error.is_(None))
undone = sa.and_(inbox.c.handled_version.is_(None), inbox.c.parked_at.is_(None))
sa.Index("inbox_undone", inbox.c.number, inbox.c.due_at, inbox.c.attempts, sqlite_where=undone, postgresql_where=undone)


@dataclass(frozen=True)
class Delivery:
    """One accepted delivery. `number` is its place in the order of arrival, `attempts` counts this one too."""

    number: int
    delivery_id: str
    domain_key: str | None
    event: str
    action: str | None
    body: bytes
    received_at: float
    attempts: int


@dataclass(frozen=True)
class ParkedDelivery:
    """One delivery that was given up, and the error of its last attempt."""

    number: int
    delivery_id: str
    event: str
    action: str | None
    attempts: int
    error: str | None
    parked_at: float


Count = Literal["waiting", "parked", "done"]
DELIVERY_COLUMNS = [inbox.c[name] for name in Delivery.__dataclass_fields__]
PARKED_COLUMNS = [inbox.c[name] for name in ParkedDelivery.__dataclass_fields__]


class Inbox:
    """The inbox of a database. Make one with `await Inbox.open(…)` and `close()` it before the database.

    `handler_version` is the number of the handling code: it goes up when deliveries that were handled before should be
    handled differently, and `reopen` then hands them out again.
    """

    def __init__(self, database: Database, *, handler_version: int) -> None:
        self._database = database
        self._handler_version = handler_version
        self._in_hand: dict[int, float] = {}
        self._suspect: int | None = None
        self._arrived = asyncio.Event()
        self._arrivals = Arrivals(row_writer(database, inbox, inbox.c.delivery_id), self._arrived)

    @classmethod
    async def open(cls, database: Database, *, handler_version: int) -> Inbox:
        """Start accepting. On SQLite, what an earlier process had taken and not finished is due at once: it has died, or
        this one could not have the state directory. On Postgres it is due when its lease ends."""
        self = cls(database, handler_version=handler_version)
        if database.dialect == "sqlite":
            async with database.write() as connection:
                left = sa.update(inbox).where(undone, inbox.c.taken)
                await connection.execute(left.values(taken=False, due_at=AT_ONCE))
        self._arrivals.start()
        return self

    async def close(self) -> None:
        """Commit what has arrived, and accept no more. What is in hand is given back: on Postgres another process takes it at
        once, as it would only after the lease of a process that died."""
        await self._arrivals.close()
        ours = [
            sa.and_(inbox.c.number == number, inbox.c.due_at == taken_at + LEASE_SECONDS)
            for number, taken_at in self._in_hand.items()
        ]
        if not ours:
            return
        give_back = sa.update(inbox).where(undone, inbox.c.taken, sa.or_(*ours))
        values = {"taken": False, "due_at": inbox.c.received_at, "attempts": inbox.c.attempts - 1}
        try:
            async with self._database.write() as connection:
                await connection.execute(give_back.values(values))
        except SQLAlchemyError:
            log.exception("what is in hand could not be given back: its lease has to end first")

    async def accept(
        self, *, delivery_id: str, domain_key: str | None, event: str, action: str | None, body: bytes, received_at: float
    ) -> Accepted:
        """Store a delivery; returns only after its commit.

        "duplicate" when the delivery id, or the domain key under another delivery id, is there already. Raises
        InboxUnavailable when it is not certain to be stored; the delivery may then be sent again. A caller that is
        cancelled takes nothing back.
        """
        return await self._arrivals.store(
            {
                "delivery_id": delivery_id,
                "domain_key": domain_key,
                "event": event,
                "action": action,
                "body": body,
                "received_at": received_at,
                "due_at": AT_ONCE,
                "taken": False,
                "attempts": 0,
            }
        )

    async def wait_for_arrival(self, timeout: float) -> None:
        """Return when `take` has something that it had not, or after `timeout` seconds: what is to be tried later, or came
        in by another process, announces itself to nobody."""
        try:
            async with asyncio.timeout(timeout):
                await self._arrived.wait()
        except TimeoutError:
            return

    async def take(self, limit: int = TAKE_ROWS) -> list[Delivery]:
        """Deliveries that are due, in the order of arrival. Each is handed out once, until it is tried again `later` or
        its lease has ended because its handler died.

        One whose handler ended without a word may be what ends the process: it is in hand alone, so that no other is
        blamed with it, and parked after MAX_ATTEMPTS.
        """
        self._arrived.clear()
        now = time.time()
        self._in_hand = {number: taken_at for number, taken_at in self._in_hand.items() if taken_at > now - LEASE_SECONDS}
        if self._suspect in self._in_hand:
            return []
        due = sa.and_(undone, inbox.c.due_at <= now)
        deadly = sa.update(inbox).where(due, suspicious, inbox.c.attempts >= MAX_ATTEMPTS)
        first = sa.select(inbox.c.number, suspicious).where(due).order_by(inbox.c.number).limit(limit)
        async with self._database.write() as connection:
            await connection.execute(deadly.values(taken=False, parked_at=now, error=DIED))
            found = (await connection.execute(first.with_for_update(skip_locked=True))).all()
            numbers = [number for number, _ in takewhile(lambda row: not row[1], found)]
            if found and not numbers and not self._in_hand:
                numbers = [self._suspect] = [found[0][0]]
            take = sa.update(inbox).where(inbox.c.number.in_(numbers)).returning(*DELIVERY_COLUMNS)
            values = {"taken": True, "due_at": now + LEASE_SECONDS, "attempts": inbox.c.attempts + 1, "error": None}
            rows = (await connection.execute(take.values(values))).all() if numbers else []
        self._in_hand |= dict.fromkeys(numbers, now)
        if numbers and len(found) == limit:
            self._arrived.set()  # there may be more
        return sorted((Delivery(*row) for row in rows), key=lambda delivery: delivery.number)

    async def done(self, number: int, note: str) -> None:
        """It was handled by this version of the code; `note` says how, for whoever looks."""
        await self._set(
            number, taken=False, handled_version=self._handler_version, handled_at=time.time(), note=note, error=None
        )

    async def later(self, number: int, error: str, *, delay: float) -> bool:
        """It failed: hand it out again in `delay` seconds. After MAX_ATTEMPTS it is parked instead: False."""
        retry = sa.update(inbox).where(inbox.c.number == number, inbox.c.attempts < MAX_ATTEMPTS)
        async with self._database.write() as connection:
            done = await connection.execute(retry.values(taken=False, due_at=time.time() + delay, error=error))
        if not done.rowcount:
            await self.park(number, error)
            return False
        self._let_go(number)
        return True

    async def park(self, number: int, error: str) -> None:
        """Give it up: it stays for a person to see, and is handed out no more."""
        await self._set(number, taken=False, parked_at=time.time(), error=error)

    async def parked(self) -> list[ParkedDelivery]:
        """What was given up, first come first."""
        query = sa.select(*PARKED_COLUMNS).where(inbox.c.parked_at.is_not(None)).order_by(inbox.c.number)
        async with self._database.read() as connection:
            return [ParkedDelivery(*row) for row in await connection.execute(query)]

    async def counts(self) -> dict[Count, int]:
        """How many deliveries are waiting (or in hand), parked and done."""
        parked, done = inbox.c.parked_at.is_not(None), inbox.c.handled_version.is_not(None)
        state = sa.case((parked, "parked"), (done, "done"), else_="waiting")
        async with self._database.read() as connection:
            found: dict[str, int] = dict((await connection.execute(sa.select(state, sa.func.count()).group_by(state))).all())
        return {"waiting": found.get("waiting", 0), "parked": found.get("parked", 0), "done": found.get("done", 0)}

    async def reopen(self) -> int:
        """Hand out again what was parked or handled by an older version of the code; gives their number."""
        older = sa.or_(inbox.c.parked_at.is_not(None), inbox.c.handled_version < self._handler_version)
        fresh = {"handled_version": None, "handled_at": None, "parked_at": None, "note": None, "error": None}
        async with self._database.write() as connection:
            done = await connection.execute(sa.update(inbox).where(older).values(**fresh, attempts=0, due_at=time.time()))
        self._arrived.set()
        return done.rowcount

    async def purge(self, *, older_than_days: float) -> int:
        """Forget what was done longer ago; gives their number. GitHub redelivers for 3 days: keep more than those."""
        old = inbox.c.handled_at < time.time() - older_than_days * 86_400
        async with self._database.write() as connection:
            return (await connection.execute(sa.delete(inbox).where(old))).rowcount

    async def _set(self, number: int, **values: object) -> None:
        async with self._database.write() as connection:
            done = await connection.execute(sa.update(inbox).where(inbox.c.number == number).values(**values))
        if done.rowcount == 0:
            raise KeyError(f"no delivery number {number} in the inbox")
        self._let_go(number)

    def _let_go(self, number: int) -> None:
        self._in_hand.pop(number, None)
        if not self._in_hand:
            self._arrived.set()  # for one that must be alone, or that had to wait for that one
