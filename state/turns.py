"""Gives the jobs that wait their turns, and lets those go on that this process has and nobody in it carries out.

A turn comes by an event: a job was submitted, or one before it is over. Every few seconds the rows are looked at all the same,
for what a process that is gone has left.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Container
from typing import TYPE_CHECKING

from state.database import is_away
from state.executors import Executors
from state.queue import Caps, JobQueue
from state.shutdown import raise_if_cancelled

if TYPE_CHECKING:
    from state.workflows import JobWorkflow

log = logging.getLogger(__name__)

# What announces itself to nobody: the jobs of a process that is gone, and what the database would not take.
LOOK_SECONDS = 5.0


class Turns:
    """`at_work` has the ids of the jobs that are being carried out in this process."""

    def __init__(
        self, queue: JobQueue, executors: Executors, caps: Caps, at_work: Container[str], *, look_seconds: float
    ) -> None:
        self._queue = queue
        self._executors = executors
        self._caps = caps
        self._at_work = at_work
        self._look_seconds = look_seconds
        self._woken = asyncio.Event()
        self._perhaps_dropped: set[str] = set()

    def wake(self) -> None:
        """It may be another job's turn."""
        self._woken.set()

    async def give(self, workflow: JobWorkflow) -> None:
        """Begin every job whose turn has come, whenever there is news, and look after this process's own every few seconds.
        Ends by cancellation."""
        look_at = time.monotonic()
        while True:
            self._woken.clear()
            try:
                if time.monotonic() >= look_at:
                    look_at = time.monotonic() + self._look_seconds
                    await self._look_after_mine(workflow)
                if await self._may_take_turns() and await self._queue.anybody_waits():
                    for job_id in await self._queue.take_turns(self._caps):
                        await workflow.begin(job_id)
            except Exception as error:
                raise_if_cancelled(error)
                log.warning("jobs wait longer for their turns: %s", error, exc_info=not is_away(error))
                look_at = time.monotonic() + self._look_seconds
            try:
                async with asyncio.timeout(look_at - time.monotonic()):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _may_take_turns(self) -> bool:
        """Whether others know that this process lives: whoever it is that takes its jobs over one day finds those as well."""
        if not self._executors.several or self._executors.surely_alive:
            return True
        await self._executors.beat()
        return self._executors.surely_alive

    async def _look_after_mine(self, workflow: JobWorkflow) -> None:
        """Let the jobs go on that this process holds and nobody in it carries out: an earlier life of it had them, or the
        database would not take what they had to store.

        What was begun is resumed only if two looks in a row find it so, for a job is held a moment before it is carried out.
        """
        from state.workflows import UNFINISHED, resume, statuses

        idle = [job_id for job_id in await self._queue.held_by(self._executors.me) if job_id not in self._at_work]
        known = await statuses(idle)
        for job_id in idle:
            if job_id not in known:
                await workflow.begin(job_id)
            elif known[job_id] not in UNFINISHED:
                await self._queue.release(job_id)
        dropped = {job_id for job_id in idle if known.get(job_id) == "PENDING"}
        await resume(list(dropped & self._perhaps_dropped))
        self._perhaps_dropped = dropped - self._perhaps_dropped
