"""SQLite: its files, its connections, and the transactions on them.

SQLite is called in threads, since it may wait for the disk or for another program. A statement takes one trip to a thread and
back: the drivers that speak to SQLAlchemy's own asyncio take four to nine, which was most of what a job cost here.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.engine import URL

from state.connection import Connection, Parameters
from state.operator_problem import OperatorProblem

P = ParamSpec("P")
T = TypeVar("T")

# Longer than any transaction of ours takes, and than a copy or a check by another program holds the file.
BUSY_SECONDS = 30


class DatabaseUnusable(OperatorProblem):
    """The database can't be opened or doesn't fit this Harvest; the message says what to do."""


class SqliteEngine:
    """The connections to one file, each used by one transaction at a time."""

    def __init__(self, url: URL, *, begin: str, connections: int, read_only: bool = False) -> None:
        """`begin` is the statement with which a transaction begins."""
        self.sync_engine = sa.create_engine(
            url, pool_size=connections, max_overflow=0, connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS}
        )
        prepare_sqlite(self.sync_engine, begin=begin, read_only=read_only)
        self._threads = ThreadPoolExecutor(max_workers=connections, thread_name_prefix="sqlite")
        self._free = asyncio.Semaphore(connections)
        self._idle: list[sa.Connection] = []

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Connection]:
        """A transaction: committed at the end of the block, rolled back if it raises. It begins with its first statement."""
        async with self._free:
            connection = SqliteConnection(self, self._threads)
            try:
                yield connection
            except BaseException:
                await connection.end(commit=False)
                raise
            await connection.end(commit=True)

    async def at_once(self, transaction: Callable[[sa.Connection], T]) -> T:
        """A transaction that is one function: committed when it has come back, rolled back if it raises."""

        def from_begin_to_commit() -> T:
            with self.connection() as connection, connection.begin():
                return transaction(connection)

        async with self._free:
            return await in_thread(self._threads, from_begin_to_commit)

    async def run(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Call it with a connection of the driver's own, outside of any transaction."""

        def on_a_connection() -> T:
            with self.connection() as connection:
                return function(cast("sqlite3.Connection", connection.connection.driver_connection))

        async with self._free:
            return await in_thread(self._threads, on_a_connection)

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        """One of the connections, for a block that ends what it begins. Blocks. They stay out of SQLAlchemy's pool: to take
        one from there and bring it back takes as long as a statement."""
        try:
            connection = self._idle.pop()
        except IndexError:  # or another thread was faster
            connection = self.sync_engine.connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    async def dispose(self) -> None:
        def close() -> None:
            while self._idle:
                self._idle.pop().close()
            self.sync_engine.dispose()

        await in_thread(self._threads, close)
        self._threads.shutdown(wait=False)


class SqliteConnection:
    """A transaction (`state/connection.py`)."""

    def __init__(self, engine: SqliteEngine, threads: ThreadPoolExecutor) -> None:
        self._engine = engine
        self._threads = threads
        self._ended = ExitStack()
        self._begun: sa.Connection | None = None

    @property
    def dialect(self) -> sa.Dialect:
        return self._engine.sync_engine.dialect

    async def run_sync(self, fn: Callable[Concatenate[sa.Connection, P], T], *arg: P.args, **kw: P.kwargs) -> T:
        def run() -> T:
            if self._begun is None:
                self._begun = self._ended.enter_context(self._engine.connection())
            return fn(self._begun, *arg, **kw)

        return await in_thread(self._threads, run)

    async def execute(self, statement: sa.Executable, parameters: Parameters = None) -> Any:
        return await self.run_sync(execute, statement, parameters)

    async def scalar(self, statement: sa.Executable, parameters: Parameters = None) -> Any:
        return (await self.execute(statement, parameters)).scalar()

    async def scalars(self, statement: sa.Executable, parameters: Parameters = None) -> Any:
        return (await self.execute(statement, parameters)).scalars()

    async def end(self, *, commit: bool) -> None:
        """Give the connection back."""
        begun = self._begun
        if begun is None:
            return

        def end() -> None:
            with self._ended:
                if commit:
                    begun.commit()
                else:
                    begun.rollback()

        await in_thread(self._threads, end)


def execute(connection: sa.Connection, statement: sa.Executable, parameters: Parameters) -> sa.Result[Any]:
    """Run a statement, and fetch all that it gives."""
    result = connection.execute(statement, parameters)
    return result.freeze()() if result.returns_rows else result


async def in_thread(threads: ThreadPoolExecutor, function: Callable[[], T]) -> T:
    """Who is cancelled meanwhile waits for its end all the same: nothing is done on a connection that is still in use."""
    running = asyncio.get_running_loop().run_in_executor(threads, function)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # nobody else asks for it any more
        raise


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def sqlite_path(url: URL) -> Path:
    """Where the SQLite file is, absolute."""
    return Path(url.database or "").absolute()


def create_sqlite_file(path: Path) -> None:
    """Make an empty SQLite file, readable by nobody else; SQLite gives its log files the same mode. One that is there is left
    alone. Blocks. Raises DatabaseUnusable.

    It is made beside its place, in WAL mode already, and linked there whole: to change the mode takes a lock that SQLite does
    not wait for, so of several who open a new file one would fail. A file in use is never opened here: closing it again
    would take this process's locks on it away (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists():
            return
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        try:
            with closing(sqlite3.connect(fresh)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
            with suppress(FileExistsError):  # somebody else was faster
                os.link(fresh, path)
        finally:
            fresh.unlink()
    except OSError as error:
        raise DatabaseUnusable(f"can't create {path}: {error.strerror}. Set HARVEST_STATE_DIR to a folder you own") from error
    except sqlite3.Error as error:
        raise DatabaseUnusable(f"can't create {path}: {error}. Is the disk full?") from error


def prepare_sqlite(engine: sa.Engine, *, begin: str, read_only: bool = False) -> None:
    """Set up every connection of a SQLite engine, with transactions that begin at their beginning: the driver's own begin
    at the first write, and a read that then turns into a write fails at once when another writes.

    https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-sqlite-transactions
    """

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        set_up_sqlite(connection, read_only=read_only)

    @sa.event.listens_for(engine, "begin")
    def begin_transaction(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)


def set_up_sqlite(connection: sqlite3.Connection, *, read_only: bool = False) -> None:
    """Make a connection durable at each commit, patient with locks, and leave transactions to us.

    https://www.sqlite.org/pragma.html
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    if read_only:
        cursor.execute("PRAGMA query_only = ON")
    cursor.close()
