"""How rows that arrive at the same time share one commit: callers wait in a bounded line, one writer empties it.

A row that can't be stored fails alone, a disk that can't store fails everybody in line, and nobody is told "stored" before
the commit. This file knows how rows are written and nothing of what they mean.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from state.database import Database

Accepted = Literal["accepted", "duplicate"]

log = logging.getLogger(__name__)

# GitHub gives up after 10 s: an answer later than this would reach nobody.
ANSWER_SECONDS = 8
# A commit of this many is dominated by the rows; more would only make the first of them wait.
ROWS_A_COMMIT = 256
# Several seconds of the fastest commits; who comes later is better told to try again.
MAX_WAITING_ROWS = 4096
# A delivery may be 25 MB: a few of those at once fit, a flood of them doesn't fill the memory.
MAX_WAITING_BYTES = 128 * 1024 * 1024


class InboxUnavailable(Exception):
    """The delivery is not certain to be stored; the cause says why. It may be sent again."""


@dataclass(eq=False, slots=True)
class Arrival:
    row: dict[str, Any]
    size: int
    answer: asyncio.Future[Accepted]


class Arrivals:
    """The line in front of a table with a `delivery_id`, and the task that writes it."""

    def __init__(self, database: Database, table: sa.Table, arrived: asyncio.Event) -> None:
        self._database = database
        self._insert = database.insert(table).on_conflict_do_nothing().returning(table.c.delivery_id)
        self._arrived = arrived
        self._line: deque[Arrival] = deque()
        self._bytes_waiting = 0
        self._not_empty = asyncio.Event()
        self._closed = False
        self._writer: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._writer = asyncio.create_task(self._write_until_closed(), name="inbox writer")

    async def close(self) -> None:
        """Write what is in the line, and take no more."""
        self._closed = True
        self._not_empty.set()
        if self._writer is not None:
            await self._writer

    async def store(self, row: dict[str, Any]) -> Accepted:
        """Store a row; returns after its commit. Raises InboxUnavailable."""
        size = len(row["body"])
        if self._closed:
            raise InboxUnavailable("Harvest is stopping")
        if len(self._line) >= MAX_WAITING_ROWS or self._bytes_waiting + size > MAX_WAITING_BYTES:
            raise InboxUnavailable(f"{len(self._line)} deliveries are waiting to be stored already")
        arrival = Arrival(row, size, asyncio.get_running_loop().create_future())
        self._line.append(arrival)
        self._bytes_waiting += size
        self._not_empty.set()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await arrival.answer
        except TimeoutError:
            raise InboxUnavailable(f"the database took longer than {ANSWER_SECONDS} s") from None

    async def _write_until_closed(self) -> None:
        while True:
            await self._not_empty.wait()
            if not self._line:
                if self._closed:
                    return
                self._not_empty.clear()
                continue
            batch = [self._line.popleft() for _ in range(min(len(self._line), ROWS_A_COMMIT))]
            try:
                await self._write(batch)
            finally:
                self._bytes_waiting -= sum(arrival.size for arrival in batch)

    async def _write(self, batch: list[Arrival]) -> None:
        try:
            async with self._database.write() as connection:
                stored = set((await connection.scalars(self._insert, [arrival.row for arrival in batch])).all())
        except Exception as error:
            # A full disk or a lost connection is nobody's row's fault; anything else may be the fault of one of them.
            if len(batch) > 1 and not isinstance(error, OperationalError):
                for arrival in batch:
                    await self._write([arrival])
                return
            log.error("%d deliveries were not stored: %s", len(batch), error)
            for arrival in batch:
                self._answer(arrival, error)
            return
        for arrival in batch:
            delivery_id = arrival.row["delivery_id"]
            # Of the same delivery twice in one batch, the first one was stored.
            self._answer(arrival, "accepted" if delivery_id in stored else "duplicate")
            stored.discard(delivery_id)
        self._arrived.set()

    def _answer(self, arrival: Arrival, answer: Accepted | Exception) -> None:
        if arrival.answer.done():
            return  # the caller was cancelled or has waited long enough
        if isinstance(answer, Exception):
            failure = InboxUnavailable(f"the database could not store it: {type(answer).__name__}")
            failure.__cause__ = answer
            arrival.answer.set_exception(failure)
        else:
            arrival.answer.set_result(answer)
