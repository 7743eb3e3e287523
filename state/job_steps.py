"""How far a job has come: a row for each step that was entered, with what it found out or how it ended the job.

Only the runner of jobs writes here. A step that works in a sandbox has a row for each of the job's sandboxes, by its number
from 1; other steps have the number 0. A row that is finished is never written again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from state.columns import Seconds
from state.database import Database
from state.forgetting import forget_in_batches, rows_of_ended_jobs
from state.jobs import Job, jobs
from state.sessions import Session, sessions
from state.tables import metadata

job_steps = sa.Table(
    "job_steps",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("sandbox", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("started_at", Seconds, nullable=False),
    sa.Column("finished_at", Seconds),
    sa.Column("result", sa.JSON(none_as_null=True)),
    sa.Column("ending", sa.JSON(none_as_null=True)),
    sa.Index("steps_by_time", "started_at"),
)


@dataclass(frozen=True)
class StepRow:
    """One step of a job. `number` is its place among those that the job has come to, from 1. `result` is what it found out and
    `ending` how it ended the job, both as JSON and None where there is none. Times are seconds since the epoch."""

    step: str
    sandbox: int
    number: int
    started_at: float
    finished_at: float | None
    result: dict[str, Any] | None
    ending: dict[str, Any] | None


class JobSteps:
    """The steps of the jobs in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enter(self, job_id: str, step: str, sandbox: int = 0) -> tuple[StepRow, bool]:
        """The job has come to this step: its row, and True if it never had come there before. The time of the first entry
        stays. Raises KeyError."""
        entered = self._entered(job_id, step, sandbox, time.time()).returning(job_steps.c.step)
        its_row = rows_of(job_id).where(job_steps.c.step == step, job_steps.c.sandbox == sandbox)
        async with self._database.write() as connection:
            done = await connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(step=step))
            if done.rowcount == 0:
                raise KeyError(f"no job {job_id}")
            is_new = (await connection.execute(entered)).first() is not None
            return StepRow(*(await connection.execute(its_row)).one()), is_new

    async def finish(
        self,
        job_id: str,
        step: str,
        sandbox: int = 0,
        *,
        result: Mapping[str, Any] | None = None,
        ending: Mapping[str, Any] | None = None,
    ) -> bool:
        """The step is done, or ends the job. What was stored first stays: True if this call was it. A step that was never
        entered (the loss of a sandbox is one) is entered by this."""
        now = time.time()
        its_row = sa.and_(job_steps.c.job_id == job_id, job_steps.c.step == step, job_steps.c.sandbox == sandbox)
        finished = {
            "finished_at": now,
            "result": None if result is None else dict(result),
            "ending": None if ending is None else dict(ending),
        }
        async with self._database.write() as connection:
            await connection.execute(self._entered(job_id, step, sandbox, now))
            unfinished = sa.and_(its_row, job_steps.c.finished_at.is_(None))
            done = await connection.execute(sa.update(job_steps).where(unfinished).values(finished))
        return done.rowcount == 1

    def _entered(self, job_id: str, step: str, sandbox: int, now: float) -> Any:
        """Writes its row down unless it is there."""
        # By the rows and by no clock: the job's next step may be another machine's.
        before = sa.select(sa.func.count()).where(job_steps.c.job_id == job_id).scalar_subquery()
        row = {"job_id": job_id, "step": step, "sandbox": sandbox, "started_at": now, "number": before + 1}
        return self._database.insert(job_steps).values(row).on_conflict_do_nothing()

    async def of_job(self, job_id: str) -> list[StepRow]:
        """The job's steps in the order in which they were entered."""
        rows = rows_of(job_id).order_by(job_steps.c.number)
        async with self._database.read() as connection:
            return [StepRow(*row) for row in await connection.execute(rows)]

    async def with_job(self, job_id: str) -> tuple[Job, Session, list[StepRow]]:
        """The job, its session and its steps in the order in which they were entered, as of one moment. Raises KeyError."""
        its_job = sa.select(jobs).where(jobs.c.id == job_id)
        async with self._database.read() as connection:
            row = (await connection.execute(its_job)).one_or_none()
            if row is None:
                raise KeyError(f"no job {job_id}")
            job = Job(*row)
            its_session = sa.select(sessions).where(sessions.c.id == job.session_id)
            session = Session(*(await connection.execute(its_session)).one())
            steps = await connection.execute(rows_of(job_id).order_by(job_steps.c.number))
            return job, session, [StepRow(*step) for step in steps]

    async def forget(self, *, ended_before: float) -> int:
        """Drop the steps of jobs that ended before then, in batches; gives the number of rows. What each came to stays in the
        job's own row."""
        old = rows_of_ended_jobs(job_steps.c.job_id, job_steps.c.started_at, ended_before=ended_before)
        return await forget_in_batches(self._database, old)


def rows_of(job_id: str) -> sa.Select[Any]:
    """Selects the job's rows, as StepRow has them."""
    return sa.select(*(job_steps.c[field.name] for field in fields(StepRow))).where(job_steps.c.job_id == job_id)
