"""Writes to one surface of a session what should stand there and does not. It is the only one that writes there, on any node:
it writes under a lease.
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from github_app.domain.session_events import ReplyRefused
from github_app.github.failures import NotNow, Passing, Refused, longer_wait
from github_app.github.threads import Thread
from github_app.github.tokens import Purpose
from github_app.jobs.reporting.session_news import Owed, SessionNews
from github_app.jobs.reporting.story import Story
from github_app.jobs.reporting.surface import EDIT_SECONDS, Surface, Wanted
from github_app.jobs.services import Services
from state.leases import LeaseLost
from state.posts import Post

log = structlog.get_logger()

# What no news tells of is looked for after this.
NET_SECONDS = 30.0

# Progress that had no turn is tried again as soon as there may be one.
NO_TURN_SECONDS = 0.5

PAUSE_SECONDS = 2.0


class SurfaceWriter:
    """One surface's. Whoever has it looks with `look` when that `is_due`, and has what that finds written by `write`.

    `story_now` gives the session as it stands at that moment.
    """

    def __init__(
        self,
        services: Services,
        session_id: str,
        surface: Surface,
        news: SessionNews,
        story_now: Callable[[], Awaitable[Story]],
    ) -> None:
        self.surface = surface
        # What is shown by now, and may have to be told.
        self.shown = Owed()
        self._services = services
        self._session_id = session_id
        self._news = news
        self._story_now = story_now
        self._writing = False
        # Something happened that no look has seen yet.
        self._behind = True
        # When to look again if nothing happens; until when what the agent does is no reason to; until when nothing is to be
        # asked of GitHub, whatever happens. All in seconds since the epoch.
        self._again_at = self._deaf_until = self._rest_until = 0.0
        self._failures = 0

    def hear(self, *, of_harvest: bool) -> None:
        """Harvest itself did something, or the agent may have."""
        self._behind = self._behind or of_harvest
        self._again_at = min(self._again_at, self._deaf_until)

    @property
    def due_at(self) -> float:
        """When to look, in seconds since the epoch. While it writes it looks at nothing, and hears of its end."""
        return math.inf if self._writing else max(self._rest_until, 0.0 if self._behind else self._again_at)

    def look(self, story: Story, owed: Owed) -> list[Wanted]:
        """What is to be written now: `write` it. `owed` is what the story surely shows."""
        due = self._due(story)
        self._behind, self._writing = False, bool(due)
        if not due:
            self.shown = owed
        return due

    def _due(self, story: Story) -> list[Wanted]:
        now, posts = time.time(), story.posts.get(self.surface.name, {})
        wanted = self.surface.wanted(story, posts)
        missing = [one for one in wanted if not one.stands(posts.get(one.place))]
        self._again_at = min([now + NET_SECONDS, *(one.not_before for one in missing if one.not_before > now)])
        self._deaf_until = min([now + NET_SECONDS, *(one.deaf_until for one in wanted if one.deaf_until is not None)])
        return [one for one in missing if one.not_before <= now]

    async def write(self, story: Story, due: list[Wanted], owed: Owed) -> None:
        """Write it, or know when to try again."""
        try:
            if await self._services.leases.while_held(self._lease, partial(self._put_all, story, due)) is None:
                self._rest(max(NO_TURN_SECONDS, await self._services.leases.free_in(self._lease)))
            else:
                self.shown, self._failures = owed, 0
            self._behind = True
        except LeaseLost:
            # Whoever has it now may have written before what was on its way from here.
            await self._services.posts.doubt(self._session_id, self.surface.name)
            self._behind = True
        except NotNow:
            self._again_at = self._deaf_until = time.time() + NO_TURN_SECONDS
        except Passing as problem:
            self._failures += 1
            wait = longer_wait(problem, self._failures)
            log.warning("what is to be told is told later", surface=self.surface.name, why=str(problem), seconds=wait)
            self._rest(wait)
        except Refused as problem:
            log.warning("what is to be told is not taken", surface=self.surface.name, error=str(problem))
            if owed.number > self._news.told(self.surface.name):
                await self._news.tell(owed, refusal(self.surface.name, owed, problem))
            self._again_at = self._deaf_until = time.time() + EDIT_SECONDS
        finally:
            self._writing = False

    @property
    def _lease(self) -> str:
        return f"report/{self._session_id}/{self.surface.name}"

    def _rest(self, seconds: float) -> None:
        self._rest_until, self._behind = time.time() + seconds, True

    async def _put_all(self, story: Story, due: list[Wanted]) -> bool:
        posts = (await self._services.posts.of(self._session_id)).get(self.surface.name, {})
        if posts != story.posts.get(self.surface.name, {}):
            # Somebody else has written since, perhaps of what came later.
            story = await self._story_now()
            due = self._due(story)
        refused: Refused | None = None
        for wanted in due:
            try:
                await self._put(story, wanted)
            except Refused as problem:  # where it stands may be gone, and the others' places are not
                refused = refused or problem
        if refused is not None:
            raise refused
        return True

    async def _put(self, story: Story, wanted: Wanted) -> None:
        services, surface, thread = self._services, self.surface, await self._thread(story, wanted)
        post = story.posts.get(surface.name, {}).get(wanted.place)
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

    def pause(self) -> None:
        """After a mistake of ours, or while the database is away."""
        self._rest(PAUSE_SECONDS)


def refusal(surface: str, owed: Owed, problem: Refused) -> ReplyRefused:
    return ReplyRefused(
        surface=surface,
        up_to=owed.number,
        problem=type(problem).__name__,
        request=problem.what,
        reason=problem.reason,
        status=problem.status,
    )
