"""What agents have written on GitHub by tools: each call of a job that writes is one row, so that it is made once and so that
there is an end to them.

A call is known by what it says: whoever makes it again, after a crash or because no answer came, makes the same one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from state.columns import Seconds
from state.database import Database
from state.forgetting import forget_in_batches, rows_of_ended_jobs
from state.jobs import jobs
from state.tables import metadata

# Longer than any request to GitHub takes with its waits: whoever has not written by then is gone.
UNDER_WAY_SECONDS = 120.0

tool_writes = sa.Table(
    "tool_writes",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("begun_at", Seconds, nullable=False),
    sa.Column("tried_at", Seconds, nullable=False),
    sa.Column("written", sa.Text),
    sa.Index("tool_writes_by_time", "begun_at"),
)

# `first` and `again` are the caller's to make; before `again`, what an earlier try has written is looked for.
Standing = Literal["first", "again", "under way", "written", "too many"]


@dataclass(frozen=True)
class Turn:
    """Where a call stands. `begun_at` is when it was made first, in seconds since the epoch, and `written` where what it wrote
    can be seen."""

    standing: Standing
    begun_at: float = 0.0
    written: str = ""


class ToolWrites:
    """The writing calls of the jobs in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, job_id: str, key: str, *, most: int) -> Turn:
        """Take this call's turn, unless somebody has it or it was made; a job has `most` of them."""
        now = time.time()
        of_job = sa.select(tool_writes).where(tool_writes.c.job_id == job_id)
        async with self._database.write() as connection:
            # Calls of one job take turns; on SQLite all writers do.
            await connection.execute(sa.select(jobs.c.id).where(jobs.c.id == job_id).with_for_update())
            rows = {row.key: row for row in (await connection.execute(of_job)).all()}
            if (row := rows.get(key)) is None:
                if len(rows) >= most:
                    return Turn("too many")
                await connection.execute(
                    sa.insert(tool_writes).values(job_id=job_id, key=key, begun_at=now, tried_at=now, written=None)
                )
                return Turn("first", now)
            if row.written is not None:
                return Turn("written", row.begun_at, row.written)
            if row.tried_at > now - UNDER_WAY_SECONDS:
                return Turn("under way", row.begun_at)
            await connection.execute(sa.update(tool_writes).where(_is(job_id, key)).values(tried_at=now))
            return Turn("again", row.begun_at)

    async def note(self, job_id: str, key: str, written: str) -> None:
        """It is written, and can be seen there."""
        async with self._database.write() as connection:
            await connection.execute(sa.update(tool_writes).where(_is(job_id, key)).values(written=written))

    async def give_back(self, job_id: str, key: str) -> None:
        """Nothing was written, and the call may be made as if for the first time."""
        async with self._database.write() as connection:
            gone = sa.delete(tool_writes).where(_is(job_id, key), tool_writes.c.written.is_(None))
            await connection.execute(gone)

    async def forget(self, *, ended_before: float) -> int:
        """Drop those of jobs that ended before then, in batches; gives the number of rows."""
        old = rows_of_ended_jobs(tool_writes.c.job_id, tool_writes.c.begun_at, ended_before=ended_before)
        return await forget_in_batches(self._database, old)


def _is(job_id: str, key: str) -> sa.ColumnElement[bool]:
    return sa.and_(tool_writes.c.job_id == job_id, tool_writes.c.key == key)
