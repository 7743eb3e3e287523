"""Rows that are looked after when they are due: all that a look needs stands in them, so that any process may take it, and the
next one after a crash. Whoever looks does so under a lease (`state/leases.py`), and there asks once more."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import sqlalchemy as sa

from state.clock import database_now
from state.database import Database

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Row = TypeVar("Row", bound="DataclassInstance")

# So many looks that fail in a row take a day, with the pauses between them: then nobody waits for it any more.
MOST_FAILURES = 34


class DueRows(Generic[Row]):
    """The rows of one table in a database, as dataclasses whose fields are columns of it.

    `key` tells the rows apart. A row is due from `due_at` on, by the database's clock, while it is `waiting`; `failures`
    counts the looks at it that have failed in a row. `news` is a column that changes whenever something makes the row due
    anew: `due_at` itself, unless another one is named.
    """

    def __init__(
        self,
        database: Database,
        kind: type[Row],
        *,
        key: Sequence[sa.Column[Any]],
        due_at: sa.Column[float],
        failures: sa.Column[int],
        waiting: sa.ColumnElement[bool],
        news: sa.Column[Any] | None = None,
    ) -> None:
        self._database = database
        self._kind, self._key, self._due_at, self._failures, self._waiting = kind, key, due_at, failures, waiting
        self._news = due_at if news is None else news
        self._table = due_at.table
        self._stirred = asyncio.Event()

    async def due(self, limit: int) -> list[Row]:
        """Those that are to be looked after now, the longest due first."""
        return await self._select(self._is_due, order=(self._due_at,), limit=limit)

    async def still_due(self, row: Row) -> Row | None:
        """The row as it is now; None when it is not due any more: another process has been at it since it was found."""
        found = await self._select(sa.and_(self._is(row), self._is_due))
        return found[0] if found else None

    async def put_off(self, row: Row, seconds: float) -> None:
        """It can't be looked after now: in so many seconds again, unless something has made it due anew meanwhile."""
        changes = {self._due_at.name: self._unless_overtaken(row, seconds), self._failures.name: self._failures + 1}
        await self._update(self._is(row), changes)

    @property
    def anything_due(self) -> sa.ColumnElement[bool]:
        """Whether any is (`state/becoming_due.py`)."""
        return sa.exists().where(self._is_due)

    def wake(self) -> None:
        """Something happened to one of them, or it is due."""
        self._stirred.set()

    async def wait(self) -> None:
        """Until `wake`."""
        await self._stirred.wait()
        self._stirred.clear()

    def name_of(self, row: Row) -> str:
        """Its key, as in `abc/1`."""
        return "/".join(str(getattr(row, column.name)) for column in self._key)

    def failures_of(self, row: Row) -> int:
        count: int = getattr(row, self._failures.name)
        return count

    @property
    def _is_due(self) -> sa.ColumnElement[bool]:
        return sa.and_(self._waiting, self._due_at <= database_now())

    def _unless_overtaken(self, row: Row, seconds: float) -> sa.ColumnElement[float]:
        """When it is due after a look at it as it was: in so many seconds, or when something since then says."""
        return sa.case((self._is_overtaken(row), self._due_at), else_=database_now() + seconds)

    def _is_overtaken(self, row: Row) -> sa.ColumnElement[bool]:
        overtaken: sa.ColumnElement[bool] = self._news != getattr(row, self._news.name)
        return overtaken

    def _is(self, row: Row) -> sa.ColumnElement[bool]:
        return sa.and_(*(column == getattr(row, column.name) for column in self._key))

    async def _select(
        self, which: sa.ColumnElement[bool], *, order: Sequence[sa.ColumnElement[Any]] = (), limit: int | None = None
    ) -> list[Row]:
        columns = [self._table.c[field.name] for field in fields(self._kind)]
        query = sa.select(*columns).where(which).order_by(*order).limit(limit)
        async with self._database.read() as connection:
            return [self._kind(*row) for row in await connection.execute(query)]

    async def _update(self, which: sa.ColumnElement[bool], values: Mapping[str, Any]) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.update(self._table).where(which).values(**values))
