"""How running jobs are let go of when Harvest stops, so that they go on at the next start and are not taken for ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

log = logging.getLogger(__name__)

# Running steps are cancelled; they get this long to let go of what they hold.
STOP_SECONDS = 3


class Shutdown:
    """Knows whether stopping has begun, and which tasks must end before it is over."""

    def __init__(self) -> None:
        self.begun = False
        self._tasks: set[asyncio.Task[Any]] = set()

    @contextmanager
    def cancels(self) -> Iterator[None]:
        """Once stopping has begun, whatever the block raises is a cancellation, and a new block is cancelled at once.

        A cancelled call may come back as any exception (of a closed connection, say). The engine stores an exception as
        the job's end, and a cancellation not at all.
        """
        if self.begun:
            raise asyncio.CancelledError
        try:
            yield
        except Exception as error:
            if self.begun:
                raise asyncio.CancelledError from error
            raise

    def waits_for(self, task: asyncio.Task[Any]) -> None:
        """Stopping cancels this task, and waits for it, also if it has not come to run by then."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @contextmanager
    def waits(self) -> Iterator[None]:
        """Stopping cancels the task that runs this block, and waits for it."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can be waited for")
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    async def begin(self) -> None:
        """Cancel everything and wait until it has let go."""
        self.begun = True
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            _, stuck = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in stuck:
                log.error("%s did not stop within %d s; its job goes on at the next start", task, STOP_SECONDS)


def raise_if_cancelled(error: Exception) -> None:
    """For a loop that goes on after errors: one may be what a call made of its cancellation, and then the loop ends."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error
