"""The bodies of deliveries that nobody has verified yet: all of them together may take so much memory and no more.

Anybody can send a body, and whether it is GitHub's is known only once it is there in full. Small ones, which GitHub's nearly
always are, always have room. Larger ones share a budget; when it is used up, whoever has been sending for longer than GitHub
would makes way, and who finds nobody so slow is told to come again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

# https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
MAX_BODY_BYTES = 25 * 1024 * 1024

# Connections are limited (connections.py), so these are too.
SMALL_BYTES = 64 * 1024
BUDGET_BYTES = 64 * 1024 * 1024
# GitHub waits ten seconds for the answer: what takes longer to arrive has nobody who would read it.
BODY_SECONDS = 10.0
# GitHub sends 25 MB in less; slower ones make way when others need the room.
SLOW_SECONDS = 2.0


class BodyTooLarge(Exception):
    """It is larger than any that GitHub sends."""


class BodyTooSlow(Exception):
    """It did not arrive in time."""


class NoRoom(Exception):
    """The memory for unverified bodies is used up."""


class Body:
    """One that is being read: what is there of it, since when, and the time limit by which it can be ended."""

    def __init__(self, limit: asyncio.Timeout) -> None:
        self.content = bytearray()
        self.began = time.monotonic()
        self.complete = False
        self.made_way = False
        self._limit = limit

    @property
    def charged(self) -> int:
        """Its bytes in the budget."""
        return 0 if len(self.content) <= SMALL_BYTES else len(self.content)

    def make_way(self) -> None:
        self.made_way = True
        self.content = bytearray()
        if not self._limit.expired():
            self._limit.reschedule(asyncio.get_running_loop().time())


class UnverifiedBodies:
    """Those that are being read or verified now, first come first."""

    def __init__(self) -> None:
        self._reading: dict[Body, None] = {}

    @asynccontextmanager
    async def read(self, request: Request, *, wanted: bool) -> AsyncIterator[bytearray]:
        """The body in full; its memory counts until the block ends. One that is not `wanted` is left unread and is empty here.
        Raises BodyTooLarge, BodyTooSlow, NoRoom, and starlette's ClientDisconnect."""
        declared = request.headers.get("content-length", "0")
        if not declared.isdigit() or int(declared) > MAX_BODY_BYTES:
            raise BodyTooLarge
        if not wanted:
            yield bytearray()
            return
        limit = asyncio.timeout(BODY_SECONDS)
        body = Body(limit)
        self._reading[body] = None
        try:
            await self._fill(body, request, limit)
            yield body.content
        finally:
            del self._reading[body]

    async def _fill(self, body: Body, request: Request, limit: asyncio.Timeout) -> None:
        try:
            async with limit:
                async for chunk in request.stream():
                    if len(body.content) + len(chunk) > MAX_BODY_BYTES:
                        raise BodyTooLarge
                    self._make_room(body, len(chunk))
                    body.content += chunk
                body.complete = True
        except TimeoutError:
            if body.made_way:
                raise NoRoom from None
            raise BodyTooSlow from None

    def _make_room(self, body: Body, more: int) -> None:
        if len(body.content) + more <= SMALL_BYTES:
            return
        others = [each for each in self._reading if each is not body and each.charged]
        used = len(body.content) + more + sum(each.charged for each in others)
        slow_since = min(body.began, time.monotonic() - SLOW_SECONDS)
        for each in others:
            if used <= BUDGET_BYTES:
                return
            if each.began <= slow_since and not each.complete:
                used -= each.charged
                each.make_way()
        if used > BUDGET_BYTES:
            raise NoRoom
