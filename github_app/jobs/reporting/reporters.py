"""The reporters of all sessions with something unfinished: each is woken when its session's log grows, and gone when there is
nothing left to tell. Before that nothing is lost: what a crash left untold is unfinished, and found at the start.
"""

from __future__ import annotations

import asyncio

import structlog

from github_app.jobs.reporting.reporter import SessionReporter
from github_app.jobs.reporting.surface_writer import NET_SECONDS, PAUSE_SECONDS
from github_app.jobs.services import Services

log = structlog.get_logger()

# A step may take a few milliseconds, and a look at each would cost more than the step: what happens within this time is
# looked at once.
GATHER_SECONDS = 0.05


class Reporters:
    """Run them with `run()`, which ends only by cancellation."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._reporters: dict[str, SessionReporter] = {}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            with self._services.logs.sessions_with_news() as heard:
                sessions: set[str] | None = None
                while True:
                    try:
                        for session_id in await self._unfinished() if sessions is None else sessions:
                            self._wake(tasks, session_id)
                    except Exception as error:  # the database is away: what is unfinished stays so
                        log.error("sessions can't be reported on", error=str(error))
                        await asyncio.sleep(PAUSE_SECONDS)
                        continue
                    await asyncio.sleep(GATHER_SECONDS)
                    sessions = await heard.take(NET_SECONDS)

    async def _unfinished(self) -> set[str]:
        return {job.session_id for job in await self._services.jobs.unfinished()}

    def _wake(self, tasks: asyncio.TaskGroup, session_id: str) -> None:
        if session_id not in self._reporters:
            self._reporters[session_id] = SessionReporter(self._services, session_id)
            tasks.create_task(self._report(session_id), name=f"reporter of {session_id}")
        self._reporters[session_id].wake()

    async def _report(self, session_id: str) -> None:
        try:
            await self._reporters[session_id].run()
        finally:
            del self._reporters[session_id]
