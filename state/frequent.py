"""A statement that is run so often that the way to the database counts: SQLite's driver is given it directly, which takes a
fraction of the time that SQLAlchemy takes. On Postgres the network outweighs that."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

Parameters = Mapping[str, Any]


class Frequent:
    """Made once, of a statement of SQLAlchemy's. It is run within a transaction, and raises what SQLAlchemy does. Values are
    as the driver has them: JSON is text on SQLite."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement

    def rows(self, connection: sa.Connection, parameters: Parameters) -> Sequence[Sequence[Any]]:
        """All that it gives."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, parameters).all()
        with self._driver_of(connection) as driver:
            return driver.execute(self._text, {**self._fixed, **parameters}).fetchall()

    def changed(self, connection: sa.Connection, parameters: Sequence[Parameters]) -> int:
        """Run it for each of these; gives how many rows were made or changed."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, parameters, execution_options={"preserve_rowcount": True}).rowcount
        with self._driver_of(connection) as driver:
            return driver.executemany(self._text, parameters).rowcount

    @cached_property
    def _compiled(self) -> Any:
        return self._statement.compile(dialect=sqlite.dialect(paramstyle="named"))

    @cached_property
    def _text(self) -> str:
        return str(self._compiled)

    @cached_property
    def _fixed(self) -> Parameters:
        """The values that the statement has itself."""
        return dict(self._compiled.params)

    @contextmanager
    def _driver_of(self, connection: sa.Connection) -> Iterator[sqlite3.Connection]:
        try:
            yield cast("sqlite3.Connection", connection.connection.driver_connection)
        except sqlite3.Error as error:
            raise sa.exc.DBAPIError.instance(self._text, None, error, sqlite3.Error, dialect=connection.dialect) from error
