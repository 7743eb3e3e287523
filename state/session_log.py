"""A session's log: what its agent did and what Harvest did, numbered in one order. Whatever shows a session reads it here.

Numbers grow by one, and a number is seen only when all below it are: who reads on from one misses nothing. On Postgres the
row of the log's end stays locked for that until the numbers that were taken are committed. An entry has a key within its job,
so that what is appended again after a crash is there once.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from state.columns import Seconds
from state.database import Database
from state.forgetting import forget_in_batches
from state.frequent import Frequent
from state.news import Heard, News, listen
from state.session_files import SessionFiles, metadata

# What the agent's own events are called; everything else is Harvest's.
AGENT = "agent"
By = Literal["agent", "harvest"]

ENTRIES_A_PAGE = 200
# News wakes whoever waits. This is for what nobody was told of: a connection to Postgres that was lost, a process that died
# between its commit and its word.
LOOK_SECONDS = 20.0
# A batch of what is forgotten: whoever appends to this log waits for no more.
FORGET_ROWS = 1_000
# Both databases limit how many values a statement may have; 32,766 is the lower one.
KEYS_A_QUERY = 1_000
# Postgres' name for what is told between processes: the id of a session with something new in its log.
CHANNEL = "harvest_session_log"

session_log = sa.Table(
    "session_log",
    metadata,
    sa.Column("session_id", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("job_id", sa.Text, nullable=False),
    sa.Column("at", Seconds, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.UniqueConstraint("session_id", "job_id", "key", name="one_entry_a_key"),
)
of_harvest = session_log.c.kind != sa.literal_column(f"'{AGENT}'")
sa.Index(
    "log_of_harvest",
    session_log.c.session_id,
    session_log.c.number,
    sqlite_where=of_harvest,
    postgresql_where=of_harvest,
)
# The last number that was given. Numbers go on from here when the log's old entries are gone.
session_log_ends = sa.Table(
    "session_log_ends",
    metadata,
    sa.Column("session_id", sa.Text, primary_key=True),
    sa.Column("last_number", sa.BigInteger, nullable=False),
)


@dataclass(frozen=True)
class NewEntry:
    """What is to be appended. `body` is plain JSON; of two entries of a job with the same key the first one stays."""

    kind: str
    key: str
    body: Mapping[str, Any]

    @classmethod
    def of_the_agent(cls, position: int, event: Mapping[str, Any]) -> NewEntry:
        """An event of a job's agent. `position` grows within the job: it is the event's offset in the agent's event file."""
        return cls(AGENT, f"{AGENT}/{position}", event)


@dataclass(frozen=True)
class LogEntry:
    """One entry. `at` is when it was appended, in seconds since the epoch."""

    number: int
    job_id: str
    at: float
    kind: str
    key: str
    body: dict[str, Any]

    @property
    def position(self) -> int:
        """Where an event of the agent stands among those of its job. Raises ValueError for what is Harvest's."""
        return position_in(self.key)


def position_in(key: str) -> int:
    return int(key.removeprefix(f"{AGENT}/"))


class SessionLogs:
    """The logs of all sessions. Make it with `await SessionLogs.open(database)` and `close()` it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._files = SessionFiles(database)
        self._news = News()
        self._listening: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, database: Database) -> SessionLogs:
        """The logs in this database, or beside it; on Postgres with an ear for what other processes append."""
        logs = cls(database)
        if database.dialect == "postgresql":
            logs._listening = asyncio.create_task(listen(database.url, CHANNEL, logs._news), name="session logs")
        return logs

    async def close(self) -> None:
        """Let go of the sessions' files and of what listens."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        await self._files.close()

    async def append(self, session_id: str, job_id: str, entries: Sequence[NewEntry]) -> list[int]:
        """Append what is not there yet, in this order; gives each one's number, old or new."""
        if not entries:
            return []
        async with self._files.of(session_id) as database:
            numbers, any_new = await database.write_at_once(
                lambda connection: append_entries(connection, session_id, job_id, entries)
            )
        if any_new:
            self._news.tell(session_id)
        return numbers

    async def read(
        self, session_id: str, *, after: int = 0, job_id: str | None = None, by: By | None = None, limit: int = ENTRIES_A_PAGE
    ) -> list[LogEntry]:
        """The next entries after the one numbered `after`, of one job or of one author if given; the last one's number gives
        the next page."""
        query = entries_of(session_id, job_id, by).where(session_log.c.number > after).order_by(session_log.c.number)
        async with self._files.of(session_id) as database, database.read() as connection:
            rows = (await connection.execute(query.limit(limit))).all()
        return [LogEntry(number, job, at, kind, key, json.loads(body)) for number, job, at, kind, key, body in rows]

    async def last_position(self, session_id: str, job_id: str) -> int:
        """The position of the last event of this job's agent; 0 when it has none."""
        query = entries_of(session_id, job_id, "agent").order_by(session_log.c.number.desc()).limit(1)
        async with self._files.of(session_id) as database, database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return 0 if row is None else position_in(row.key)

    async def forget(self, session_id: str, *, before: float) -> float | None:
        """Drop the entries from before then, in batches, and give their space back; gives when the oldest of the others was
        appended, None when there is none. Numbers go on from where they were."""
        if not await asyncio.to_thread(self._files.exist, session_id):
            return None
        old = sa.select(session_log.c.number).where(session_log.c.session_id == session_id, session_log.c.at < before)
        batch = old.order_by(session_log.c.number).limit(FORGET_ROWS)
        its = session_log.c.session_id == session_id
        async with self._files.of(session_id) as database:
            forgotten = await forget_in_batches(database, sa.delete(session_log).where(its, session_log.c.number.in_(batch)))
            if forgotten:
                await database.give_space_back()
            async with database.read() as connection:
                oldest: float | None = await connection.scalar(sa.select(sa.func.min(session_log.c.at)).where(its))
        return oldest

    async def follow(
        self, session_id: str, *, after: int = 0, job_id: str | None = None, by: By | None = None
    ) -> AsyncGenerator[LogEntry]:
        """The entries after the one numbered `after`, and then those to come, as they come. Close it when done."""
        with self._news.about(session_id) as news:
            while True:
                news.clear()
                page = await self.read(session_id, after=after, job_id=job_id, by=by)
                for entry in page:
                    after = entry.number
                    yield entry
                if not page:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_SECONDS):
                            await news.wait()

    def sessions_with_news(self) -> AbstractContextManager[Heard]:
        """Which sessions' logs grow within the block (`state/news.py`)."""
        return self._news.of_all()


def entries_of(session_id: str, job_id: str | None, by: By | None) -> sa.Select[int, str, float, str, str, str]:
    """Selects the session's entries, as LogEntry has them."""
    columns = session_log.c
    query = sa.select(columns.number, columns.job_id, columns.at, columns.kind, columns.key, columns.body)
    query = query.where(columns.session_id == session_id)
    if job_id is not None:
        query = query.where(columns.job_id == job_id)
    if by is not None:
        query = query.where(of_harvest if by == "harvest" else columns.kind == AGENT)
    return query


# Made once: to put a statement together takes longer than to run it.
_ends: dict[str, Any] = {"sqlite": sqlite.insert(session_log_ends), "postgresql": postgresql.insert(session_log_ends)}
TAKE_NUMBERS = {
    dialect: Frequent(
        insert.values(session_id=sa.bindparam("session_id"), last_number=sa.bindparam("count"))
        .on_conflict_do_update(
            index_elements=["session_id"], set_={"last_number": session_log_ends.c.last_number + insert.excluded.last_number}
        )
        .returning(session_log_ends.c.last_number)
    )
    for dialect, insert in _ends.items()
}
MOVE_END = (
    sa.update(session_log_ends)
    .where(session_log_ends.c.session_id == sa.bindparam("of_session"))
    .values(last_number=sa.bindparam("last"))
)
_entries: dict[str, Any] = {"sqlite": sqlite.insert(session_log), "postgresql": postgresql.insert(session_log)}
INSERT_NEW = {
    dialect: Frequent(insert.on_conflict_do_nothing(index_elements=["session_id", "job_id", "key"]))
    for dialect, insert in _entries.items()
}
TAKE_OUT = sa.delete(session_log).where(
    session_log.c.session_id == sa.bindparam("of_session"), session_log.c.number > sa.bindparam("last")
)
NUMBERS = sa.select(session_log.c.key, session_log.c.number).where(
    session_log.c.session_id == sa.bindparam("session_id"),
    session_log.c.job_id == sa.bindparam("job_id"),
    session_log.c.key.in_(sa.bindparam("keys", expanding=True)),
)
TELL = sa.select(sa.func.pg_notify(CHANNEL, sa.bindparam("session_id")))


def append_entries(
    connection: sa.Connection, session_id: str, job_id: str, entries: Sequence[NewEntry]
) -> tuple[list[int], bool]:
    """Append within a transaction what is not there yet; gives each one's number, and whether there was anything to append."""
    dialect = connection.dialect.name
    # Nobody else gives a number in this session until the transaction ends.
    [(end,)] = TAKE_NUMBERS[dialect].rows(connection, {"session_id": session_id, "count": len(entries)})
    last: int = end - len(entries)
    rows = _rows(session_id, job_id, entries, last)
    numbers = {row["key"]: row["number"] for row in rows}
    if INSERT_NEW[dialect].changed(connection, rows) < len(rows):
        # Some were there already, as after a crash: those keep their numbers, and the others get them without a gap.
        connection.execute(TAKE_OUT, {"of_session": session_id, "last": last})
        numbers = _numbers_of(connection, session_id, job_id, entries)
        missing = {entry.key: entry for entry in reversed(entries) if entry.key not in numbers}
        rows = _rows(session_id, job_id, list(reversed(missing.values())), last)
        if rows:
            INSERT_NEW[dialect].changed(connection, rows)
        connection.execute(MOVE_END, {"of_session": session_id, "last": last + len(rows)})
        numbers.update((row["key"], row["number"]) for row in rows)
    if rows and dialect == "postgresql":
        connection.execute(TELL, {"session_id": session_id})
    return [numbers[entry.key] for entry in entries], bool(rows)


def _rows(session_id: str, job_id: str, entries: Sequence[NewEntry], last: int) -> list[dict[str, Any]]:
    """Of the table, numbered from the one after `last`."""
    its = {"session_id": session_id, "job_id": job_id, "at": time.time()}
    return [
        {**its, "number": number, "kind": entry.kind, "key": entry.key, "body": json.dumps(entry.body)}
        for number, entry in enumerate(entries, last + 1)
    ]


def _numbers_of(connection: sa.Connection, session_id: str, job_id: str, entries: Sequence[NewEntry]) -> dict[str, int]:
    """The numbers of those that are there, by their keys."""
    numbers: dict[str, int] = {}
    for begin in range(0, len(entries), KEYS_A_QUERY):
        keys = [entry.key for entry in entries[begin : begin + KEYS_A_QUERY]]
        found = connection.execute(NUMBERS, {"session_id": session_id, "job_id": job_id, "keys": keys})
        numbers.update((key, number) for key, number in found)
    return numbers
