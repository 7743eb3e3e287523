"""Sandboxes of sessions whose last job is over, each with an agent that was started and waits for the session's next one.

A session has one at most. Whoever takes it, that job or the one who ends it, takes its row: so no job gets one that is being
ended.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import sqlalchemy as sa

from state.columns import Seconds
from state.database import Database
from state.tables import metadata

standbys = sa.Table(
    "standbys",
    metadata,
    sa.Column("session_id", sa.Text, sa.ForeignKey("sessions.id"), primary_key=True),
    sa.Column("sandbox_id", sa.Text, unique=True, nullable=False),
    sa.Column("snapshot_id", sa.Text, nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("begun_as", sa.Text, nullable=False),
    sa.Column("token_sha256", sa.Text, nullable=False),
    sa.Column("created_at", Seconds, nullable=False),
)


@dataclass(frozen=True)
class Standby:
    """One of them. Its sandbox was started from that snapshot. `begun_as` is a digest of how sandbox and agent were begun,
    `token_sha256` that of the token that the agent holds, which is good for nothing until it is a job's. `created_at` is in
    seconds since the epoch."""

    session_id: str
    sandbox_id: str
    snapshot_id: str
    run_id: str
    begun_as: str
    token_sha256: str
    created_at: float


class Standbys:
    """The standbys in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Standby]:
        """All of them, the oldest first."""
        query = sa.select(standbys).order_by(standbys.c.created_at)
        async with self._database.read() as connection:
            return [Standby(*row) for row in await connection.execute(query)]

    async def of_session(self, session_id: str) -> Standby | None:
        query = sa.select(standbys).where(standbys.c.session_id == session_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else Standby(*row)

    async def add(self, standby: Standby) -> bool:
        """It waits for a job from now on; False when the session has another one."""
        new = self._database.insert(standbys).values(asdict(standby))
        added = new.on_conflict_do_nothing().returning(standbys.c.session_id)
        async with self._database.write() as connection:
            return (await connection.execute(added)).scalar_one_or_none() is not None

    async def take(self, sandbox_id: str) -> bool:
        """It waits no more; False when somebody else was faster."""
        async with self._database.write() as connection:
            return (await connection.execute(sa.delete(standbys).where(standbys.c.sandbox_id == sandbox_id))).rowcount == 1
