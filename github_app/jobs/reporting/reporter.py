"""The reporter of one session: it compares what should stand on each of the session's surfaces with what does, and has the
differences written. One look serves all surfaces; each is written to by itself, as GitHub may hold up one and not the other.

What should stand there is worked out anew for each look, so what was overtaken meanwhile is never written, and what a crash
leaves is seen to by the next look.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from functools import partial

import structlog

from github_app.domain.session_events import Replied
from github_app.jobs.reporting.session_news import Owed, SessionNews
from github_app.jobs.reporting.story import Story, story_of
from github_app.jobs.reporting.surface import Wanted
from github_app.jobs.reporting.surface_writer import PAUSE_SECONDS, SurfaceWriter
from github_app.jobs.reporting.surfaces import SURFACES
from github_app.jobs.services import Services
from state.database import is_away

log = structlog.get_logger()


class SessionReporter:
    """Run it with `run()`, and `wake()` it when the session's log has grown."""

    def __init__(self, services: Services, session_id: str) -> None:
        self._session_id = session_id
        self._news = SessionNews(services, session_id)
        self._story_now = partial(story_of, services, session_id, self._news)
        self._writers = [SurfaceWriter(services, session_id, one, self._news, self._story_now) for one in SURFACES]
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is something new in the log."""
        self._woken.set()

    async def run(self) -> None:
        """Until nothing of the session is unfinished."""
        async with asyncio.TaskGroup() as writing:
            while True:
                self._woken.clear()
                try:
                    going_on = await self._look_if_due(writing)
                except Exception as problem:
                    self._tell_the_operator(problem)
                    going_on = True
                    await asyncio.sleep(PAUSE_SECONDS)
                if going_on:
                    await self._wait()
                elif not self._woken.is_set():
                    return

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min(writer.due_at for writer in self._writers) - time.time())):
                await self._woken.wait()

    async def _look_if_due(self, writing: asyncio.TaskGroup) -> bool:
        """Look, unless all that is new is what the agent did, and it is too early to show that. False when there is nothing
        to report on any more."""
        of_harvest = await self._news.read()
        if of_harvest is None:
            return False
        for writer in self._writers:
            writer.hear(of_harvest=of_harvest)
        looking = [writer for writer in self._writers if writer.due_at <= time.time()]
        if not looking:
            return True
        owed = self._news.owed  # before the story, which shows at least this
        story = await self._story_now()
        if not story.unfinished:
            return False
        for writer in looking:
            if due := writer.look(story, owed):
                writing.create_task(self._write(writer, story, due, owed), name=f"report on the {writer.surface.name}")
        await self._tell_what_is_shown()
        return True

    async def _write(self, writer: SurfaceWriter, story: Story, due: list[Wanted], owed: Owed) -> None:
        try:
            await writer.write(story, due, owed)
        except Exception as problem:
            self._tell_the_operator(problem)
            writer.pause()
        self.wake()

    async def _tell_what_is_shown(self) -> None:
        """Let those know who wait for it."""
        shown = [(writer.surface.name, writer.shown) for writer in self._writers]
        untold = [(surface, owed) for surface, owed in shown if owed.number > self._news.told(surface)]
        for owed in {owed for _, owed in untold}:
            await self._news.tell(owed, *(Replied(surface=surface, up_to=owed.number) for surface, of in untold if of == owed))

    def _tell_the_operator(self, problem: Exception) -> None:
        if is_away(problem):
            log.warning("reporting waits for the database", session=self._session_id, error=str(problem))
        else:
            log.error("reporting failed", session=self._session_id, exc_info=problem)
