"""Says that this process lives, where there are several on one Postgres, and takes over the jobs of those that don't."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from state.database import is_away
from state.executors import Executors, NotAlone
from state.queue import JobQueue
from state.shutdown import raise_if_cancelled

log = logging.getLogger(__name__)


class Heartbeat:
    """`at_work` has the tasks that carry out this process's jobs, by the job's id; `wake` is called when jobs wait anew."""

    def __init__(
        self, executors: Executors, queue: JobQueue, at_work: Mapping[str, asyncio.Task[Any]], wake: Callable[[], None]
    ) -> None:
        self._executors = executors
        self._queue = queue
        self._at_work = at_work
        self._wake = wake

    async def run(self) -> None:
        """Ends by cancellation."""
        life = self._executors.life
        while True:
            try:
                await self._executors.beat()
                await self._executors.bury_the_dead(self._take_over)
            except NotAlone as problem:
                log.error("this node was away, and does nothing for as long as it is so: %s", problem)
            except Exception as error:
                raise_if_cancelled(error)
                failed = "the heartbeat failed, and other processes may take over the jobs of this one: %s"
                log.error(failed, error, exc_info=not is_away(error))
            if self._executors.life != life:
                life = self._executors.life
                self._let_go_of_everything()
            await asyncio.sleep(self._executors.beat_seconds)

    def _let_go_of_everything(self) -> None:
        """This process was taken for dead: others go on with its jobs. One that came back to it begins anew."""
        log.warning("this process was away for so long that others have its jobs; %d are ended here", len(self._at_work))
        for task in self._at_work.values():
            task.cancel()

    async def _take_over(self, dead: str) -> int:
        """Let the jobs of a process that is gone go on; gives their number."""
        from state.workflows import UNFINISHED, resume_those_of, statuses

        held = await self._queue.held_by(dead)
        known = await statuses(held)
        begun = [job_id for job_id in held if known.get(job_id) in UNFINISHED]
        over = [job_id for job_id in held if job_id in known and job_id not in begun]
        resumed = await resume_those_of(dead)
        await self._queue.take_from(dead, begun=begun, over=over)
        self._wake()
        return max(resumed, len(held) - len(over))
