"""Old rows are deleted in batches, each in a transaction of its own: whoever writes meanwhile waits for one at the most."""

from __future__ import annotations

import sqlalchemy as sa

from state.database import Database
from state.jobs import jobs

# What one batch takes, where a table does not say otherwise.
FORGET_ROWS = 200


async def forget_in_batches(database: Database, batch: sa.Delete) -> int:
    """Carry out this DELETE of a few old rows until it finds none; gives the number of rows."""
    forgotten = 0
    while True:
        async with database.write() as connection:
            deleted = (await connection.execute(batch)).rowcount
        forgotten += deleted
        if not deleted:
            return forgotten


def rows_of_ended_jobs(job_id: sa.Column[str], written_at: sa.Column[float], *, ended_before: float) -> sa.Delete:
    """Deletes a batch of a table whose rows each belong to a job: those of jobs that ended before then. What such a job wrote
    is older than its end, so the oldest rows are looked at first, by the table's index of `written_at`."""
    old = (
        sa.select(job_id)
        .join(jobs, jobs.c.id == job_id)
        .where(written_at < ended_before, jobs.c.ended_at < ended_before)
        .order_by(written_at)
        .limit(FORGET_ROWS)
    )
    return sa.delete(job_id.table).where(job_id.in_(old))
