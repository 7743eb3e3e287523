"""How rows that arrive at the same time share one commit: callers wait in a bounded line, one writer empties it.

A row that can't be stored fails alone, a disk that can't store fails everybody in line, and nobody is told "stored" before
the commit. This file knows nothing of what the rows mean.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from state.row_writers import Accepted, Row, RowWriter

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
    row: Row
    size: int
    answer: asyncio.Future[Accepted]


class Arrivals:
    """The line in front of a row writer, and the task that empties it. Every row has a `body`, which counts as its size.
    `arrived` is set after each commit."""

    def __init__(self, writer: RowWriter, arrived: asyncio.Event) -> None:
        self._writer = writer
        self._arrived = arrived
        self._line: deque[Arrival] = deque()
        self._bytes_waiting = 0
        self._not_empty = asyncio.Event()
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._write_until_closed(), name="inbox writer")

    async def close(self) -> None:
        """Write what is in the line, and take no more."""
        self._closed = True
        self._not_empty.set()
        if self._task is not None:
            await self._task
        await self._writer.close()

    async def store(self, row: Row) -> Accepted:
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
            answers: Sequence[Accepted | Exception]
            try:
                answers = await self._writer.write([arrival.row for arrival in batch])
                self._arrived.set()
            except Exception as error:
                log.error("%d deliveries were not stored: %s", len(batch), error)
                answers = [error] * len(batch)
            for arrival, answer in zip(batch, answers, strict=True):
                self._bytes_waiting -= arrival.size
                give(arrival.answer, answer)


def give(waiting: asyncio.Future[Accepted], answer: Accepted | Exception) -> None:
    if waiting.done():
        return  # the caller was cancelled or has waited long enough
    if isinstance(answer, Exception):
        failure = InboxUnavailable(f"the database could not store it: {type(answer).__name__}")
        failure.__cause__ = answer
        waiting.set_exception(failure)
    else:
        waiting.set_result(answer)
