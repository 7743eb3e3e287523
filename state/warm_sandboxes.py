"""Warm sandboxes: made ahead from a repository's image, idle until a job claims one. A row is claimed once, by one job.

Whoever takes a sandbox away from the pool, a job or the one who ends it, takes its row first: so no job gets one that is
being ended, and after a crash the row says whose it is.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from state.columns import GitHubId, Seconds
from state.database import Database
from state.tables import metadata

warm_sandboxes = sa.Table(
    "warm_sandboxes",
    metadata,
    sa.Column("sandbox_id", sa.Text, primary_key=True),
    sa.Column("repository_id", GitHubId, nullable=False),
    sa.Column("image_id", sa.Text, nullable=False),
    sa.Column("created_at", Seconds, nullable=False),
    sa.Column("claimed_by", sa.Text, unique=True),
    sa.Column("claimed_at", Seconds),
)


@dataclass(frozen=True)
class WarmSandbox:
    """One of them. `claimed_by` is the id of the job that has it; times are seconds since the epoch."""

    sandbox_id: str
    repository_id: int
    image_id: str
    created_at: float
    claimed_by: str | None
    claimed_at: float | None


class WarmSandboxes:
    """The warm sandboxes in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[WarmSandbox]:
        """All of them, the oldest first."""
        query = sa.select(warm_sandboxes).order_by(warm_sandboxes.c.created_at)
        async with self._database.read() as connection:
            return [WarmSandbox(*row) for row in await connection.execute(query)]

    async def add(self, sandbox_id: str, *, repository_id: int, image_id: str) -> None:
        """One more waits for a job; one that is there already stays as it is."""
        row = {"sandbox_id": sandbox_id, "repository_id": repository_id, "image_id": image_id, "created_at": time.time()}
        async with self._database.write() as connection:
            await connection.execute(self._database.insert(warm_sandboxes).values(row).on_conflict_do_nothing())

    async def claim(self, job_id: str, *, repository_id: int, image_id: str, created_after: float) -> str | None:
        """Give the oldest waiting one of that image, made after that time, to this job; None when there is none.

        Any number of jobs at once get different ones.
        """
        free = (
            sa.select(warm_sandboxes.c.sandbox_id)
            .where(
                warm_sandboxes.c.repository_id == repository_id,
                warm_sandboxes.c.image_id == image_id,
                warm_sandboxes.c.created_at > created_after,
                warm_sandboxes.c.claimed_by.is_(None),
            )
            .order_by(warm_sandboxes.c.created_at)
            .limit(1)
            .with_for_update(skip_locked=True)  # Postgres; on SQLite writers take turns anyway
            .scalar_subquery()
        )
        claim = (
            sa.update(warm_sandboxes)
            .where(warm_sandboxes.c.sandbox_id == free)
            .values(claimed_by=job_id, claimed_at=time.time())
            .returning(warm_sandboxes.c.sandbox_id)
        )
        async with self._database.write() as connection:
            claimed: str | None = (await connection.execute(claim)).scalar_one_or_none()
        return claimed

    async def claimed_by(self, job_id: str) -> str | None:
        """The sandbox that this job has claimed before, if any."""
        query = sa.select(warm_sandboxes.c.sandbox_id).where(warm_sandboxes.c.claimed_by == job_id)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def take_away(self, sandbox_id: str) -> bool:
        """Take a waiting one out of the pool; False when a job has claimed it, or somebody else was faster."""
        waiting = sa.and_(warm_sandboxes.c.sandbox_id == sandbox_id, warm_sandboxes.c.claimed_by.is_(None))
        async with self._database.write() as connection:
            return (await connection.execute(sa.delete(warm_sandboxes).where(waiting))).rowcount == 1

    async def forget_claims(self, job_ids: Collection[str]) -> None:
        """These jobs don't need what they had claimed: it is gone, or they have ended."""
        async with self._database.write() as connection:
            await connection.execute(sa.delete(warm_sandboxes).where(warm_sandboxes.c.claimed_by.in_(job_ids)))
