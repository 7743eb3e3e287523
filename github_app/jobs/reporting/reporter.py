"""The reporter of one surface of one session: it compares what should stand there with what does, and writes the difference.

It is the only one that writes there, on any node: it writes under a lease. What should stand there is worked out anew for each
look, so what was overtaken meanwhile is never written, and what a crash leaves is seen to by the next look.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

import structlog

from github_app.domain.session_events import Ended, HarvestEvent, Replied, ReplyRefused, Started, entry_of, event_in
from github_app.github.client import longer_wait
from github_app.github.failures import NotNow, Passing, Refused
from github_app.github.threads import Thread
from github_app.github.tokens import Purpose
from github_app.jobs.reporting.story import AgentsProgress, Story, story_of
from github_app.jobs.reporting.surface import EDIT_SECONDS, Surface, Wanted
from github_app.jobs.services import Services
from state.database import is_away
from state.leases import LeaseLost
from state.posts import Post
from state.session_log import ENTRIES_A_PAGE

log = structlog.get_logger()

# The log tells of what is new; this is for what it told nobody of.
NET_SECONDS = 30.0

# Progress that had no turn is tried again as soon as there may be one.
NO_TURN_SECONDS = 0.5

# After a mistake of ours, or while the database is away.
PAUSE_SECONDS = 2.0


@dataclass(frozen=True)
class Look:
    """What a look found. `due` is to be written now; `again_at` is when to look again if nothing happens, and `deaf_until`
    until when what the agent does is no reason to look (seconds since the epoch)."""

    story: Story
    due: list[Wanted]
    again_at: float
    deaf_until: float


class Reporter:
    """Run it with `run()`, and `wake()` it when the session's log has grown."""

    def __init__(self, services: Services, session_id: str, surface: Surface) -> None:
        self._services = services
        self._session_id = session_id
        self._surface = surface
        self._agent = AgentsProgress(services)
        self._woken = asyncio.Event()
        # How far the log was read; the last entry that has to be told, and that to which all is told.
        self._read_up_to: int | None = None
        self._owed = self._told = 0
        # In seconds since the epoch: see Look; and until when nothing is to be asked of GitHub, whatever happens.
        self._again_at = self._deaf_until = self._rest_until = 0.0
        self._failures = 0

    def wake(self) -> None:
        """There is something new in the log."""
        self._woken.set()

    async def run(self) -> None:
        """Until nothing of the session is unfinished."""
        while True:
            self._woken.clear()
            try:
                going_on = await self._look_if_due()
            except Exception as problem:
                if is_away(problem):
                    log.warning("reporting waits for the database", surface=self._surface.name, error=str(problem))
                else:
                    log.exception("reporting failed", session=self._session_id, surface=self._surface.name)
                going_on = True
                self._rest(PAUSE_SECONDS)
            if going_on:
                await self._wait()
            elif not self._woken.is_set():
                return

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, self._again_at - time.time())):
                await self._woken.wait()
        await asyncio.sleep(max(0.0, self._rest_until - time.time()))

    def _rest(self, seconds: float) -> None:
        self._again_at = self._rest_until = time.time() + seconds

    async def _look_if_due(self) -> bool:
        """Look, unless all that is new is what the agent did, and it is too early to show that. False when there is nothing
        to report on any more."""
        news, now = await self._read_the_log(), time.time()
        if news is None:
            return False
        if not news and now < self._again_at and now < self._deaf_until:
            self._again_at = min(self._again_at, self._deaf_until)
            return True
        owed = self._owed  # before the look, which shows at least this
        look = await self._look()
        if look is None:
            return False
        if not look.due:
            await self._all_told(owed)
        elif not await self._write_under_lease(owed):
            return True
        else:
            self._failures = 0
            look = await self._look()
            if look is None:
                return False
        self._again_at, self._deaf_until = look.again_at, look.deaf_until
        return True

    async def _read_the_log(self) -> bool | None:
        """Whether Harvest itself did anything since; None when no job of the session is unfinished."""
        logs = self._services.logs
        if self._read_up_to is None:
            unfinished = await self._services.jobs.live_of_session(self._session_id)
            if not unfinished:
                return None
            first = await logs.read(self._session_id, job_id=unfinished[0].id, limit=1)
            self._read_up_to = first[0].number - 1 if first else 0
        news, more = False, True
        while more:
            page = await logs.read(self._session_id, after=self._read_up_to, by="harvest")
            more = len(page) == ENTRIES_A_PAGE
            for entry in page:
                self._read_up_to = entry.number
                match event_in(entry):
                    case Started() | Ended():
                        self._owed, news = entry.number, True
                    case Replied(surface, up_to) | ReplyRefused(surface, up_to):
                        self._told = max(self._told, up_to if surface == self._surface.name else 0)
                    case _:
                        news = True
        return news

    async def _look(self) -> Look | None:
        """None when no job of the session is unfinished."""
        story = await story_of(self._services, self._session_id, self._agent)
        if not story.unfinished:
            return None
        posts, now = await self._services.posts.on(self._session_id, self._surface.name), time.time()
        wanted = self._surface.wanted(story, posts)
        missing = [one for one in wanted if not one.stands(posts.get(one.place))]
        return Look(
            story,
            [one for one in missing if one.not_before <= now],
            min([now + NET_SECONDS, *(one.not_before for one in missing if one.not_before > now)]),
            min([now + NET_SECONDS, *(one.deaf_until for one in wanted if one.deaf_until is not None)]),
        )

    async def _write_under_lease(self, owed: int) -> bool:
        """False when not everything was written; then it is known when to look again."""
        services, lease = self._services, f"report/{self._session_id}/{self._surface.name}"

        async def write() -> bool:
            # Once more, now that nobody else writes.
            look = await self._look()
            if look is not None:
                for wanted in look.due:
                    await self._put(look.story, wanted)
            await self._all_told(owed)
            return True

        try:
            if await services.leases.while_held(lease, write) is not None:
                return True
            self._rest(max(NO_TURN_SECONDS, await services.leases.free_in(lease)))
        except LeaseLost:
            # Whoever has it now may have written before what was on its way from here.
            await services.posts.doubt(self._session_id, self._surface.name)
            self._again_at = 0.0
        except NotNow:
            self._again_at = time.time() + NO_TURN_SECONDS
        except Passing as problem:
            self._failures += 1
            wait = longer_wait(problem, self._failures)
            log.warning("what is to be told is told later", surface=self._surface.name, why=str(problem), seconds=wait)
            self._rest(wait)
        except Refused as problem:
            log.warning("what is to be told is not taken", surface=self._surface.name, error=str(problem))
            if owed > self._told:
                await self._append(owed, refusal(self._surface.name, owed, problem))
            self._again_at = self._deaf_until = time.time() + EDIT_SECONDS
        return False

    async def _put(self, story: Story, wanted: Wanted) -> None:
        services, surface = self._services, self._surface
        thread = await self._thread(story, wanted)
        post = (await services.posts.on(self._session_id, surface.name)).get(wanted.place)
        github_id = post.github_id if post is not None else None
        if github_id is None and post is not None:  # it may have been put there, and nobody came to know
            github_id = await surface.find(services, story, thread, wanted)
        if github_id is None or not await surface.edit(thread, github_id, wanted):
            await services.posts.begin(self._session_id, surface.name, wanted.place)
            github_id = await surface.create(services, thread, wanted)
        await services.posts.wrote(self._session_id, surface.name, Post(wanted.place, github_id, wanted.moment, wanted.look))

    async def _thread(self, story: Story, wanted: Wanted) -> Thread:
        """With a token anew each time: one lasts an hour, an agent may work longer."""
        services, session = self._services, story.session
        token = await services.tokens.get(session.installation_id, session.repository_id, Purpose.REPLY)
        repository, number = session.repository, session.thread
        return Thread(services.github, token.value, services.app_id, repository, number, wanted.job_id, wanted.urgency)

    async def _all_told(self, owed: int) -> None:
        if owed > self._told:
            await self._append(owed, Replied(surface=self._surface.name, up_to=owed))

    async def _append(self, owed: int, event: HarvestEvent) -> None:
        """To the job whose entry it is about."""
        (entry,) = await self._services.logs.read(self._session_id, after=owed - 1, limit=1)
        await self._services.logs.append(self._session_id, entry.job_id, [entry_of(event)])
        self._told = owed


def refusal(surface: str, up_to: int, problem: Refused) -> ReplyRefused:
    return ReplyRefused(
        surface=surface,
        up_to=up_to,
        problem=type(problem).__name__,
        request=problem.what,
        reason=problem.reason,
        status=problem.status,
    )
