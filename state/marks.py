"""How far each look at GitHub has read: it goes on there, after a restart too, and nothing in between is missed.

A mark moves on only when everything before it is dealt with.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from state.database import Database
from state.tables import metadata

marks = sa.Table(
    "marks",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("read_until", sa.Text, nullable=False),
    sa.Column("etag", sa.Text),
)


@dataclass(frozen=True)
class Mark:
    """`read_until` is a time as GitHub writes it (2026-11-22T10:00:00Z); `etag` belongs to the page that was read last."""

    read_until: str
    etag: str | None = None


class Marks:
    """The marks in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> Mark | None:
        """That look's mark; None before its first look."""
        query = sa.select(marks.c.read_until, marks.c.etag).where(marks.c.name == name)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else Mark(*row)

    async def set(self, name: str, mark: Mark) -> None:
        """Everything before it is dealt with."""
        values = {"read_until": mark.read_until, "etag": mark.etag}
        insert = self._database.insert(marks).values(name=name, **values)
        async with self._database.write() as connection:
            await connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=values))
