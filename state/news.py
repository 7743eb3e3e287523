"""Who waits in this process for what is new, and is woken by it: nobody looks again and again.

What another process adds on the same Postgres is heard of by LISTEN, on one connection a process. A connection can be lost:
then all are woken, and look for themselves.
https://www.postgresql.org/docs/current/sql-notify.html
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL

log = logging.getLogger(__name__)

# How often a connection on which nothing is heard is asked whether it is still there, and how long after one that was lost
# the next is made.
PROBE_SECONDS = 30.0
AGAIN_SECONDS = 2.0


class Heard:
    """What was told of since it was last taken. It holds each subject once, however often it was told of."""

    def __init__(self) -> None:
        self._subjects: set[str] = set()
        self._everything = False
        self._woken = asyncio.Event()

    def add(self, subject: str | None) -> None:
        """None is for everything."""
        if subject is None:
            self._everything = True
        else:
            self._subjects.add(subject)
        self._woken.set()

    async def take(self, patience: float) -> set[str] | None:
        """What there is news of, waiting for some. None for everything: something may have been missed, or nothing was heard
        for `patience` seconds."""
        try:
            async with asyncio.timeout(patience):
                await self._woken.wait()
        except TimeoutError:
            return None
        subjects, everything = self._subjects, self._everything
        self._subjects, self._everything = set(), False
        self._woken.clear()
        return None if everything else subjects


class News:
    """News of subjects, by name."""

    def __init__(self) -> None:
        self._about: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._of_all: set[Heard] = set()

    def tell(self, subject: str) -> None:
        """There is something new about it."""
        for event in self._about.get(subject, ()):
            event.set()
        for heard in self._of_all:
            heard.add(subject)

    def tell_all(self) -> None:
        """There may be something new about anything."""
        for events in self._about.values():
            for event in events:
                event.set()
        for heard in self._of_all:
            heard.add(None)

    @contextmanager
    def about(self, subject: str) -> Iterator[asyncio.Event]:
        """An event that is set by news of the subject. Clear it, look, and only then wait: so nothing is missed."""
        event = asyncio.Event()
        self._about[subject].add(event)
        try:
            yield event
        finally:
            self._about[subject].discard(event)
            if not self._about[subject]:
                del self._about[subject]

    @contextmanager
    def of_all(self) -> Iterator[Heard]:
        """What is told of within the block, of every subject."""
        heard = Heard()
        self._of_all.add(heard)
        try:
            yield heard
        finally:
            self._of_all.discard(heard)


async def listen(url: URL, channel: str, news: News) -> None:
    """Pass on what is told on this channel of Postgres, where a message is a subject. Ends only by cancellation."""
    import psycopg

    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
                await connection.execute(f'LISTEN "{channel}"')
                news.tell_all()  # of what was told while nobody listened
                while True:
                    async for notice in connection.notifies(timeout=PROBE_SECONDS):
                        news.tell(notice.payload)
                    await connection.execute("SELECT 1")
        except (psycopg.Error, OSError) as error:
            log.warning("what other processes tell is heard later: %s", error)
        await asyncio.sleep(AGAIN_SECONDS)
