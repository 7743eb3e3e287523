"""How much was asked of GitHub lately, for all nodes on one Postgres: a row for each installation, which is read and written
under its lock. What stands in it is the business of github_app/github/pacing.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from state.clock import database_now
from state.columns import GitHubId, Seconds
from state.database import Database
from state.tables import metadata

github_paces = sa.Table(
    "github_paces",
    metadata,
    sa.Column("installation_id", GitHubId, primary_key=True, autoincrement=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("written_at", Seconds, nullable=False),
)


@dataclass
class PaceRow:
    """A locked row; `content` is stored at the end of the block, None for a row that is new. `now` is the database's time."""

    content: Any
    now: float


class PaceRows:
    """The rows in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def locked(self, installation: int) -> AsyncIterator[PaceRow]:
        """Nobody else has the row until the end of the block. When that raises, it stays as it was."""
        its = github_paces.c.installation_id == installation
        # What is lost when the database's machine dies at this moment is worth no wait for its disk.
        quick = sa.func.set_config("synchronous_commit", "off", True)
        query = sa.select(github_paces.c.content, database_now(), quick).where(its).with_for_update()
        async with self._database.write() as connection:
            found = (await connection.execute(query)).first()
            if found is None:
                new = self._database.insert(github_paces).values(installation_id=installation, content={}, written_at=0.0)
                await connection.execute(new.on_conflict_do_nothing())
                found = (await connection.execute(query)).one()
            row = PaceRow(found[0] or None, found[1])
            yield row
            await connection.execute(sa.update(github_paces).where(its).values(content=row.content, written_at=row.now))

    async def forget(self, *, written_before: float) -> int:
        """Drop the rows that nobody has written since then (seconds since the epoch); gives their number."""
        async with self._database.write() as connection:
            return (
                await connection.execute(sa.delete(github_paces).where(github_paces.c.written_at < written_before))
            ).rowcount
