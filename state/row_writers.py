"""Two ways to write a batch of new rows in one commit, each telling of every row whether it was new.

On SQLite a thread talks to the driver directly: through SQLAlchemy one commit costs five changes of thread and more time
than the disk takes. On Postgres the network's round trips outweigh that.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import OperationalError

from state.database import Database
from state.sqlite import set_up_sqlite, sqlite_path

Accepted = Literal["accepted", "duplicate"]
Row = dict[str, Any]


class RowWriter(Protocol):
    async def write(self, rows: Sequence[Row]) -> list[Accepted | Exception]:
        """Write the rows in order and commit; what became of each, an exception being the fault of that row alone.
        Raises what went wrong with all of them: nothing is stored then, or it is not known."""
        ...

    async def close(self) -> None: ...


def row_writer(database: Database, table: sa.Table, key: sa.Column[str]) -> RowWriter:
    """The writer for this database. A row that breaks any unique constraint of the table is a duplicate; `key` is the
    column that tells the rows apart."""
    return SqliteRows(database, table) if database.dialect == "sqlite" else PostgresRows(database, table, key)


class SqliteRows:
    """Writes rows from a thread of its own, in turn with the database's other writers."""

    def __init__(self, database: Database, table: sa.Table) -> None:
        self._database = database
        self._table = table
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbox")
        self._connection: sqlite3.Connection | None = None
        self._statements: dict[tuple[str, ...], str] = {}

    async def write(self, rows: Sequence[Row]) -> list[Accepted | Exception]:
        async with self._database.turn_to_write():
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._write, rows)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=False)

    def _write(self, rows: Sequence[Row]) -> list[Accepted | Exception]:
        if self._connection is None:
            connection = sqlite3.connect(sqlite_path(self._database.url))
            set_up_sqlite(connection)
            self._connection = connection
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            answers = [self._insert(self._connection, row) for row in rows]
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk has ended it already
                self._connection.execute("ROLLBACK")
            raise
        return answers

    def _insert(self, connection: sqlite3.Connection, row: Row) -> Accepted | Exception:
        try:
            done = connection.execute(self._statement(tuple(row)), row)
        except sqlite3.OperationalError:
            raise  # locked, full, gone: no row's fault
        except (sqlite3.Error, ValueError, OverflowError) as error:
            return error
        return "accepted" if done.rowcount else "duplicate"

    def _statement(self, columns: tuple[str, ...]) -> str:
        if columns not in self._statements:
            insert = sqlite.insert(self._table).on_conflict_do_nothing()
            dialect = sqlite.dialect(paramstyle="named")
            self._statements[columns] = str(insert.compile(dialect=dialect, column_keys=list(columns)))
        return self._statements[columns]

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()


class PostgresRows:
    """Writes rows with one statement."""

    def __init__(self, database: Database, table: sa.Table, key: sa.Column[str]) -> None:
        self._database = database
        self._key = key.name
        self._insert = database.insert(table).on_conflict_do_nothing().returning(key)

    async def write(self, rows: Sequence[Row]) -> list[Accepted | Exception]:
        try:
            async with self._database.write() as connection:
                stored = set((await connection.scalars(self._insert, list(rows))).all())
        except OperationalError:
            raise  # a full disk, a lost connection: no row's fault
        except Exception as error:
            if len(rows) == 1:
                return [error]
            return [answer for row in rows for answer in await self.write([row])]
        answers: list[Accepted | Exception] = []
        for row in rows:
            # Of the same row twice in one batch, the first one was stored.
            answers.append("accepted" if row[self._key] in stored else "duplicate")
            stored.discard(row[self._key])
        return answers

    async def close(self) -> None:
        """The database's connections are not its own."""
