"""The issues of another tracker that a job brought in: as they were when it first looked, or why they could not be read.

What is written first stays: whatever becomes of an issue meanwhile, and however often the job is taken up again, its agent is
told the same.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from state.columns import ForeignText, Seconds
from state.database import Database
from state.forgetting import forget_in_batches, rows_of_ended_jobs
from state.jobs import jobs
from state.tables import metadata

job_issues = sa.Table(
    "job_issues",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), primary_key=True),
    sa.Column("issue", sa.Text, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("server", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("text", ForeignText, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("pinned_at", Seconds, nullable=False),
    sa.Index("job_issues_by_time", "pinned_at"),
)


@dataclass(frozen=True)
class JobIssue:
    """One that the job's request names. `issue` is its key (ENG-123), `server` the declared one that it is of, `reference`
    what that knows it by, `url` its page, empty where none is known, and `text` all of it as an agent reads it. `problem` is
    half a sentence on why there is no text; "missing" says that there is no such issue."""

    issue: str
    server: str
    reference: str = ""
    url: str = ""
    text: str = ""
    problem: str = ""


class JobIssues:
    """The issues of the jobs in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pin(self, job_id: str, found: Sequence[JobIssue]) -> None:
        """Write down what the job found, in this order. What was written before stays."""
        now = time.time()
        rows = [{**asdict(one), "job_id": job_id, "place": at, "pinned_at": now} for at, one in enumerate(found)]
        async with self._database.write() as connection:
            await connection.execute(self._database.insert(job_issues).values(rows).on_conflict_do_nothing())

    async def of_job(self, job_id: str) -> list[JobIssue]:
        """All that the job has, the likeliest first."""
        columns = [job_issues.c[field] for field in JobIssue.__dataclass_fields__]
        query = sa.select(*columns).where(job_issues.c.job_id == job_id).order_by(job_issues.c.place)
        async with self._database.read() as connection:
            return [JobIssue(*row) for row in await connection.execute(query)]

    async def forget(self, *, ended_before: float) -> int:
        """Drop what jobs brought in that ended before then, in batches; gives the number of rows."""
        old = rows_of_ended_jobs(job_issues.c.job_id, job_issues.c.pinned_at, ended_before=ended_before)
        return await forget_in_batches(self._database, old)
