"""One open database: SQLite in the state directory, or Postgres when the URL says so. The same code runs on both.

This file knows connections, transactions and drivers, and no table. What belongs to a table stands beside that table.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from state import migrations, session_migrations
from state.connection import Connection
from state.holding import must_be_ours
from state.migrate import DatabaseTooNew, migrate
from state.sqlite import BUSY_SECONDS, DatabaseUnusable, SqliteEngine, create_sqlite_file, is_sqlite, sqlite_path

T = TypeVar("T")

Dialect = Literal["sqlite", "postgresql"]
Engine = AsyncEngine | SqliteEngine

SQLITE_READERS = 3
POSTGRES_CONNECTIONS = 10
# Until Postgres ends the transaction of a process that says nothing more, and with it the locks at which all others wait. One
# that is frozen is out of the way so before it is taken for dead (`state/executors.py`).
IDLE_SECONDS = 10


# What SQLite says when the same may succeed later: another program holds the file, or the disk takes nothing now.
# https://www.sqlite.org/rescode.html
SQLITE_IS_AWAY = ("database is locked", "database or disk is full", "disk I/O error")


def is_away(error: BaseException) -> bool:
    """Whether an error of a database means that it can't be reached or written now, and the same may succeed later."""
    if isinstance(error, sa.exc.TimeoutError):  # all connections are taken, and stay so
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return any(words in str(error.orig) for words in SQLITE_IS_AWAY)
    return error.connection_invalidated or isinstance(error, OperationalError)


class Database:
    """An open database. Make one with `await Database.open(url)` and `close()` it.

    On SQLite writers take turns, so that they wait in the order they came instead of polling the file's lock, and readers
    never wait for them.
    """

    def __init__(self, url: URL, writer: Engine, reader: Engine) -> None:
        self.url = url
        self._writer = writer
        self._reader = reader
        self._turn = asyncio.Lock() if is_sqlite(url) else None

    @classmethod
    async def open(cls, url: str) -> Database:
        """Open the database, creating and migrating it as needed.

        `url` is `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://…`. Raises DatabaseUnusable.
        """
        database = await connect(parse_url(url))
        try:
            await migrate(database, "harvest", migrations)
            if database.dialect == "postgresql":  # on SQLite each session has a file of its own
                await migrate(database, "session", session_migrations)
        except (DatabaseTooNew, DBAPIError) as error:
            await database.close()
            reason = f"{error.orig}: `harvest doctor` tells more" if isinstance(error, DBAPIError) else error
            raise DatabaseUnusable(f"the database {database.url} can't be used: {reason}") from error
        return database

    async def close(self) -> None:
        """Let go of all connections."""
        await self._writer.dispose()
        await self._reader.dispose()

    @property
    def dialect(self) -> Dialect:
        return "sqlite" if is_sqlite(self.url) else "postgresql"

    @property
    def folder(self) -> Path | None:
        """The folder that holds the SQLite file; None on Postgres."""
        return sqlite_path(self.url).parent if is_sqlite(self.url) else None

    async def give_space_back(self) -> None:
        """Make the SQLite file as small as what is in it: it never shrinks by itself. It is written anew whole, so this is for
        small files. On Postgres, which does so itself, nothing."""
        if not isinstance(self._writer, SqliteEngine):
            return
        async with self.turn_to_write():
            await self._writer.run(lambda connection: connection.execute("VACUUM"))

    @asynccontextmanager
    async def turn_to_write(self) -> AsyncIterator[None]:
        """Hold back this process's other writers, on SQLite: in line here they come in order and don't poll the file."""
        if self._turn is None:
            yield
            return
        async with self._turn:
            yield

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        """A transaction that may write: committed at the end of the block, rolled back if it raises. Raises MovedOn when it
        is done for what another node has by now."""
        await must_be_ours()
        async with self.turn_to_write(), self._writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """A transaction that only reads and sees one moment."""
        async with self._reader.begin() as connection:
            yield connection

    async def write_at_once(self, transaction: Callable[[sa.Connection], T]) -> T:
        """`write` for a transaction that is one function and waits for nothing else: on SQLite one trip to a thread, the
        commit included. Raises MovedOn."""
        await must_be_ours()
        async with self.turn_to_write():
            return await _at_once(self._writer, transaction)

    async def read_at_once(self, transaction: Callable[[sa.Connection], T]) -> T:
        """`read` in the same way."""
        return await _at_once(self._reader, transaction)

    def insert(self, table: sa.Table) -> Any:
        """This dialect's INSERT, for its `on_conflict_do_…`. Both dialects' classes take the same arguments but share
        no type, hence Any."""
        return sqlite.insert(table) if self.dialect == "sqlite" else postgresql.insert(table)


async def _at_once(engine: Engine, transaction: Callable[[sa.Connection], T]) -> T:
    if isinstance(engine, SqliteEngine):
        return await engine.at_once(transaction)
    async with engine.begin() as connection:
        return await connection.run_sync(transaction)


def parse_url(url: str) -> URL:
    """The URL with the driver we use. Raises DatabaseUnusable for a database we don't run on."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUnusable(
            "HARVEST_DATABASE_URL is not a database URL: use sqlite:///path/to/harvest.db or postgresql://user@host/name"
        ) from error
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return parsed.set(drivername="sqlite")
        case "sqlite":
            raise DatabaseUnusable("HARVEST_DATABASE_URL names no file: what Harvest stores must outlive its process")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise DatabaseUnusable(f"HARVEST_DATABASE_URL is for {other}: use sqlite or postgresql")


def session_options(url: URL) -> str:
    """What each session on that Postgres begins with, beside what the URL asks for.

    https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT
    """
    asked = url.query.get("options", ())
    own = f"-c idle_in_transaction_session_timeout={IDLE_SECONDS}s"
    return " ".join([*([asked] if isinstance(asked, str) else asked), own])


async def connect(url: URL, *, readers: int = SQLITE_READERS) -> Database:
    """A database as it is, without migrating it. A SQLite file is made if there is none; Postgres is not contacted before the
    first use. Raises DatabaseUnusable."""
    if not is_sqlite(url):
        engine = create_async_engine(
            url,
            pool_size=POSTGRES_CONNECTIONS,
            pool_timeout=BUSY_SECONDS,
            pool_pre_ping=True,
            connect_args={"options": session_options(url)},
        )
        return Database(url, engine, engine)
    await asyncio.to_thread(create_sqlite_file, sqlite_path(url))
    writer = SqliteEngine(url, begin="BEGIN IMMEDIATE", connections=1)
    return Database(url, writer, SqliteEngine(url, begin="BEGIN", connections=readers, read_only=True))
