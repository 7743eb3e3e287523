"""What has become of the deliveries in the inbox, for whoever looks: how many wait, were given up, or are done. Reads only."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import sqlalchemy as sa

from state.database import Database
from state.inbox_rows import inbox, undone

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ParkedDelivery:
    """One delivery that was given up, and the error of its last attempt."""

    number: int
    delivery_id: str
    event: str
    action: str | None
    repository_id: int
    thread: int | None
    attempts: int
    error: str | None
    parked_at: float


@dataclass(frozen=True)
class Counts:
    """How many deliveries are waiting (or in hand), parked and done."""

    waiting: int
    parked: int
    done: int


@dataclass(frozen=True)
class Backlog:
    """What the inbox has not done: how many wait (or are in hand), since when the oldest of them does (seconds since the
    epoch, None when none does), and how many were given up."""

    waiting: int
    oldest_received_at: float | None
    parked: int


PARKED_COLUMNS = [inbox.c[name] for name in ParkedDelivery.__dataclass_fields__]


async def parked_deliveries(database: Database) -> list[ParkedDelivery]:
    """What was given up, first come first."""
    query = sa.select(*PARKED_COLUMNS).where(inbox.c.parked_at.is_not(None)).order_by(inbox.c.number)
    async with database.read() as connection:
        return [ParkedDelivery(*row) for row in await connection.execute(query)]


async def count_deliveries(database: Database) -> Counts:
    """How many there are of each kind; reads every row."""
    parked, done = inbox.c.parked_at.is_not(None), inbox.c.handled_at.is_not(None)
    state = sa.case((parked, "parked"), (done, "done"), else_="waiting")
    async with database.read() as connection:
        found: dict[str, int] = dict((await connection.execute(sa.select(state, sa.func.count()).group_by(state))).all())
    return Counts(found.get("waiting", 0), found.get("parked", 0), found.get("done", 0))


async def read_backlog(database: Database) -> Backlog:
    """What is not done; reads no more than that."""
    oldest = sa.select(inbox.c.received_at).where(undone).order_by(inbox.c.number).limit(1)
    waiting = sa.select(sa.func.count()).select_from(inbox).where(undone)
    parked = sa.select(sa.func.count()).select_from(inbox).where(inbox.c.parked_at.is_not(None))
    async with database.read() as connection:
        return Backlog(
            waiting=await connection.scalar(waiting) or 0,
            oldest_received_at=await connection.scalar(oldest),
            parked=await connection.scalar(parked) or 0,
        )


async def count_noted(database: Database, note: str, *, since: float) -> int:
    """How many were handled with that note since then (seconds since the epoch)."""
    query = sa.select(sa.func.count()).select_from(inbox).where(inbox.c.handled_at >= since, inbox.c.note == note)
    async with database.read() as connection:
        return await connection.scalar(query) or 0


def say_given_up(delivery: ParkedDelivery) -> None:
    """Tell the operator: nobody else hears of it."""
    what = f"{delivery.event}.{delivery.action}" if delivery.action else delivery.event
    where = f"repository {delivery.repository_id}" + (f", #{delivery.thread}" if delivery.thread else "")
    log.error(
        "delivery %s (%s, %s) was given up after %d attempts: %s",
        delivery.delivery_id,
        what,
        where,
        delivery.attempts,
        delivery.error,
    )
