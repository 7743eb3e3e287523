"""The inbox: a delivery is accepted once its row is committed, and handled from here, in order, until it is done.

Deliveries that arrive together share one commit, because the disk's answer to a commit is what takes the time. The row is
the queue: whoever handles deliveries claims those that can start now (`inbox_rows.py` says which), and says of each that it is
done, to be tried later, or parked. It holds them by a lease that it renews: when it dies, others go on.
"""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from state.arrivals import Arrivals
from state.backlog import PARKED_COLUMNS, ParkedDelivery, say_given_up
from state.clock import database_now, time_of
from state.database import Database
from state.forgetting import forget_in_batches
from state.holding import EFFECT_SECONDS, MovedOn
from state.inbox_rows import anything_due, in_hand, inbox, left_behind, next_in_line, next_suspect, undone
from state.row_writers import Accepted, row_writer

log = logging.getLogger(__name__)

# A process that has not renewed its leases for so long is taken to have died, and others handle what it had.
LEASE_SECONDS = 15.0
RENEW_SECONDS = 4.0
# With the delays that the handler doubles between attempts, about an hour of a failing GitHub.
MAX_ATTEMPTS = 8
CLAIM_ROWS = 50
# A batch of what is forgotten: almost all are small, their bodies are gone.
FORGET_ROWS = 1000
# Not the time of arrival: a clock that is set back would make what has just arrived wait until then.
AT_ONCE = 0.0
DIED = f"its handler ended without a word, the last of {MAX_ATTEMPTS} times"
# Claims are made one after the other: two at once could both find a repository idle. Any constant that nobody else uses.
CLAIM_LOCK = 0x48415256455355


@dataclass(frozen=True)
class Delivery:
    """One accepted delivery. `number` is its place in the order of arrival, `attempts` counts this one too."""

    number: int
    delivery_id: str
    domain_key: str | None
    event: str
    action: str | None
    repository_id: int
    thread: int | None
    body: bytes
    received_at: float
    attempts: int


DELIVERY_COLUMNS = [inbox.c[name] for name in Delivery.__dataclass_fields__]


class Inbox:
    """The inbox of a database. Make one with `await Inbox.open(…)` and `close()` it before the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._me = secrets.token_hex(8)
        # By number, when its lease was last renewed: by this machine's clock, which goes on while a process is stopped.
        self._in_hand: dict[int, float] = {}
        self._arrived = asyncio.Event()
        self._arrivals = Arrivals(row_writer(database, inbox, inbox.c.delivery_id), self._arrived)

    @classmethod
    async def open(cls, database: Database) -> Inbox:
        """Start accepting. On SQLite, what an earlier process had in hand is due at once: it has died, or this one could not
        have the state directory. On Postgres it is due when its lease ends."""
        self = cls(database)
        if database.dialect == "sqlite":
            async with database.write() as connection:
                left = sa.update(inbox).where(undone, in_hand)
                await connection.execute(left.values(holder=None, suspect=True, due_at=AT_ONCE))
        self._arrivals.start()
        return self

    async def close(self) -> None:
        """Commit what has arrived, and accept no more. What is in hand is given back: another process takes it at once, as it
        would only after the lease of a process that died."""
        await self._arrivals.close()
        if not self._in_hand:
            return
        values = {"holder": None, "due_at": AT_ONCE, "attempts": inbox.c.attempts - 1}
        try:
            async with self._database.write() as connection:
                await connection.execute(sa.update(inbox).where(undone, inbox.c.holder == self._me).values(values))
        except SQLAlchemyError:
            log.exception("what is in hand could not be given back: its lease has to end first")

    async def accept(
        self,
        *,
        delivery_id: str,
        domain_key: str | None,
        event: str,
        action: str | None,
        body: bytes,
        received_at: float,
        repository_id: int = 0,
        thread: int | None = None,
        urgent: bool = False,
    ) -> Accepted:
        """Store a delivery; returns only after its commit. Repository and thread are the lines it stands in, an urgent one
        goes ahead of them.

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
                "attempts": 0,
                "repository_id": repository_id,
                "thread": thread,
                "urgent": urgent,
                "suspect": False,
            }
        )

    async def wait_for_arrival(self) -> None:
        """Until `claim` may have something that it had not. What is to be tried later, or came in by another process, has to
        be found (`state/becoming_due.py`)."""
        await self._arrived.wait()

    @property
    def anything_due(self) -> sa.ColumnElement[bool]:
        """Whether `claim` may have something (`state/becoming_due.py`)."""
        return anything_due

    def wake(self) -> None:
        """`claim` may have something."""
        self._arrived.set()

    async def claim(self, limit: int = CLAIM_ROWS) -> list[Delivery]:
        """Deliveries to begin with now, in the order of their turns. Each is handed out once, until it is tried again `later`
        or its lease has ended because its handler died; one whose handler died MAX_ATTEMPTS times is parked."""
        self._arrived.clear()
        if limit <= 0:
            return []
        begun = time.monotonic()
        deadly = sa.update(inbox).where(undone, inbox.c.suspect, inbox.c.holder.is_(None), inbox.c.attempts >= MAX_ATTEMPTS)
        async with self._database.write() as connection:
            if self._database.dialect == "postgresql":
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(CLAIM_LOCK)))
            now = await time_of(connection)
            begin = {"holder": self._me, "due_at": now + LEASE_SECONDS, "begun_at": now, "attempts": inbox.c.attempts + 1}
            await connection.execute(left_behind(self._me, list(self._in_hand), now))
            parked = await connection.execute(
                deadly.values(suspect=False, parked_at=now, error=DIED).returning(*PARKED_COLUMNS)
            )
            given_up = [ParkedDelivery(*row) for row in parked]
            suspect = await connection.scalar(next_suspect(now))
            numbers = list(await connection.scalars(next_in_line(now, suspect, limit)))
            take = sa.update(inbox).where(inbox.c.number.in_(numbers)).returning(*DELIVERY_COLUMNS)
            rows = (await connection.execute(take.values(begin))).all() if numbers else []
        self._in_hand |= dict.fromkeys(numbers, begun)
        if len(numbers) == limit:
            self._arrived.set()  # there may be more
        for delivery in given_up:
            say_given_up(delivery)
        turns = {number: turn for turn, number in enumerate(numbers)}
        return sorted((Delivery(*row) for row in rows), key=lambda delivery: turns[delivery.number])

    @property
    def holds(self) -> bool:
        """Whether anything is in hand, so that there is a lease to renew."""
        return bool(self._in_hand)

    async def renew(self) -> set[int]:
        """Go on holding what is in hand; gives the numbers of what others hold by now, because this process was away for
        longer than a lease: its handlers here have to end."""
        before, begun = set(self._in_hand), time.monotonic()
        mine = sa.update(inbox).where(undone, inbox.c.holder == self._me, inbox.c.number.in_(before)).returning(inbox.c.number)
        async with self._database.write() as connection:
            held = set(await connection.scalars(mine.values(due_at=database_now() + LEASE_SECONDS)))
        lost = {number for number in before if number in self._in_hand} - held
        for number in lost:
            del self._in_hand[number]
        self._in_hand |= dict.fromkeys(held & self._in_hand.keys(), begun)
        return lost

    async def must_hold(self, number: int) -> None:
        """Raises MovedOn when another process may have this delivery before what is begun now is over."""
        if time.monotonic() - self._in_hand.get(number, -math.inf) < LEASE_SECONDS - EFFECT_SECONDS:
            return
        await self.renew()
        if number not in self._in_hand:
            raise MovedOn

    def let_lease_end(self, number: int) -> None:
        """Its handler has ended and could not write down how: it is handed out again when its lease has ended."""
        self._in_hand.pop(number, None)

    async def done(self, number: int, note: str) -> None:
        """It was handled; `note` says how, for whoever looks. Its body is dropped: a delivery may be 25 MB, and is kept so
        that twice stays once."""
        await self._set(number, **handled(note), error=None)

    async def later(self, number: int, error: str, *, delay: float) -> bool:
        """It failed: hand it out again in `delay` seconds. After MAX_ATTEMPTS it is parked instead: False."""
        retry = sa.update(inbox).where(inbox.c.number == number, inbox.c.attempts < MAX_ATTEMPTS)
        values = {"holder": None, "suspect": False, "due_at": database_now() + delay, "error": error}
        async with self._database.write() as connection:
            done = await connection.execute(retry.values(values))
        if not done.rowcount:
            await self.park(number, error)
            return False
        self._let_go(number)
        return True

    async def withdraw_before(
        self, delivery: Delivery, note: str, *, threads: Collection[int] = (), everywhere: bool = False
    ) -> int:
        """What waits in the same thread, in those `threads`, or everywhere in the same repository, and came before this one is
        not wanted any more; gives their number."""
        waiting = sa.and_(
            undone,
            inbox.c.holder.is_(None),
            inbox.c.repository_id == delivery.repository_id,
            sa.true() if everywhere else sa.or_(inbox.c.thread == delivery.thread, inbox.c.thread.in_(threads)),
            inbox.c.number < delivery.number,
        )
        async with self._database.write() as connection:
            return (await connection.execute(sa.update(inbox).where(waiting).values(handled(note)))).rowcount

    async def in_hand_before(self, delivery: Delivery, threads: Collection[int] | None) -> bool:
        """Whether something that came before this one in one of these threads is being handled; None for all of the same
        repository."""
        its = sa.and_(
            undone,
            inbox.c.holder.is_not(None),
            inbox.c.repository_id == delivery.repository_id,
            inbox.c.number < delivery.number,
            sa.true() if threads is None else inbox.c.thread.in_(threads),
        )
        async with self._database.read() as connection:
            return bool(await connection.scalar(sa.select(sa.exists().where(its))))

    async def has_beside(self, delivery: Delivery, actions: Collection[str], *, since: float) -> bool:
        """Whether another one of its thread with such an action waits, is in hand, or was handled since then (seconds since
        the epoch)."""
        other = sa.and_(
            inbox.c.repository_id == delivery.repository_id,
            inbox.c.thread == delivery.thread,
            inbox.c.number != delivery.number,
            inbox.c.action.in_(actions),
        )
        looks = [sa.exists().where(other, undone), sa.exists().where(other, inbox.c.handled_at >= since)]
        async with self._database.read() as connection:
            return bool(await connection.scalar(sa.select(sa.or_(*looks))))

    async def park(self, number: int, error: str) -> None:
        """Give it up: it stays for a person to see, and is handed out no more."""
        await self._set(number, parked_at=time.time(), error=error)
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(*PARKED_COLUMNS).where(inbox.c.number == number))).one()
        say_given_up(ParkedDelivery(*row))

    async def known(self, domain_keys: Sequence[str], *, delivered_as: str = "") -> bool:
        """Whether one of these was ever accepted (and is not forgotten yet), under a delivery id that begins like that."""
        named = inbox.c.delivery_id.startswith(delivered_as, autoescape=True)
        query = sa.select(sa.exists().where(inbox.c.domain_key.in_(domain_keys), named))
        async with self._database.read() as connection:
            return bool(await connection.scalar(query))

    async def forget(self, *, older_than_days: float) -> int:
        """Drop what was done or given up longer ago, in batches; gives their number. GitHub redelivers for 3 days: keep more
        than those."""
        before = time.time() - older_than_days * 86_400
        oldest = (oldest_handled(before=before), oldest_parked(before=before))
        batches = [sa.delete(inbox).where(inbox.c.number.in_(each)) for each in oldest]
        return sum([await forget_in_batches(self._database, batch) for batch in batches])

    async def _set(self, number: int, **values: object) -> None:
        async with self._database.write() as connection:
            freed = sa.update(inbox).where(inbox.c.number == number).values(holder=None, suspect=False, **values)
            done = await connection.execute(freed)
        if done.rowcount == 0:
            raise KeyError(f"no delivery number {number} in the inbox")
        self._let_go(number)

    def _let_go(self, number: int) -> None:
        self._in_hand.pop(number, None)
        self._arrived.set()  # its repository's next one can start


def handled(note: str) -> dict[str, object]:
    """What is written down of a delivery that was handled now."""
    return {"handled_at": time.time(), "note": note, "body": b""}


def oldest_handled(*, before: float) -> sa.Select[int]:
    """The deliveries that one batch of forgetting takes."""
    return sa.select(inbox.c.number).where(inbox.c.handled_at < before).order_by(inbox.c.handled_at).limit(FORGET_ROWS)


def oldest_parked(*, before: float) -> sa.Select[int]:
    """The same, of what was given up."""
    return sa.select(inbox.c.number).where(inbox.c.parked_at < before).order_by(inbox.c.number).limit(FORGET_ROWS)
