"""The evidence ledger: which tests of a job's work were run, and what came of them. Harvest alone writes here: what it ran
itself, and what it saw in the agent's shell.

A run of Harvest's own has its row from its beginning, so that there is one at a time in a job and no more than so many; it is
renewed while it goes on, and one whose process died is over for everybody soon after. A row that has ended is not written
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import sqlalchemy as sa

from state.clock import database_now
from state.columns import ForeignText, Seconds
from state.database import Database
from state.forgetting import forget_in_batches, rows_of_ended_jobs
from state.jobs import jobs
from state.tables import metadata

Source = Literal["harvest", "shell"]
# Why a run of Harvest's own is not begun: one is under way; the job has had all of its runs; no agent of it is at work.
NotBegun = Literal["busy", "spent", "over"]

# A run whose row was not renewed for so long is nobody's: whoever ran it is gone.
STALE_SECONDS = 30.0
# Of what is seen in shells, the latest: an agent may run a thousand.
MAX_SEEN = 50

evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    # From 1, in its job and of its source.
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("command", ForeignText, nullable=False),
    # Whether the exit code is the test's own ("test") or that of the whole line ("line").
    sa.Column("code_of", sa.Text, nullable=False),
    # Whether it was all that the repository calls its tests, and nothing that the agent added.
    sa.Column("whole", sa.Boolean, nullable=False),
    sa.Column("began_at", Seconds, nullable=False),
    sa.Column("ended_at", Seconds),
    sa.Column("renewed_at", Seconds, nullable=False),
    sa.Column("exit_code", sa.Integer),
    # Git's names for all files: as they were before it, and after it. Empty where they are not known.
    sa.Column("tree", ForeignText, nullable=False),
    sa.Column("tree_after", ForeignText, nullable=False),
    sa.Column("failed", sa.JSON, nullable=False),
    sa.Index("evidence_by_time", "began_at"),
)


@dataclass(frozen=True)
class RunRow:
    """One run. Times in seconds since the epoch, `began_at` that of the end where only that was seen. `exit_code` is None for
    one that did not come to its end, and `ended_at` while it goes on. `failed` are the names of tests that failed, as their
    report has them."""

    job_id: str
    source: Source
    number: int
    command: str
    code_of: str
    whole: bool
    began_at: float
    ended_at: float | None
    exit_code: int | None
    tree: str
    tree_after: str
    failed: Sequence[str]


class EvidenceLedger:
    """The ledger of all jobs in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, job_id: str, command: str, *, whole: bool, at: float, most: int) -> int | NotBegun:
        """Write down that Harvest runs this, unless it may not; gives its number. Of callers at the same time one begins."""
        async with self._database.write() as connection:
            # The row is locked: whoever takes the agent's token away waits until this is written, or this sees it.
            open_job = sa.and_(jobs.c.id == job_id, jobs.c.state != "ended", jobs.c.stop_at.is_(None))
            its_job = sa.select(jobs.c.gateway_token_sha256).where(open_job)
            if await connection.scalar(its_job.with_for_update()) is None:
                return "over"
            mine = ours(job_id)
            if await connection.scalar(sa.select(sa.func.count()).where(going_on(job_id))):
                return "busy"
            number = (await connection.scalar(sa.select(sa.func.count()).where(mine)) or 0) + 1
            if number > most:
                return "spent"
            # What is still open here is stale.
            await connection.execute(sa.update(evidence).where(mine, evidence.c.ended_at.is_(None)).values(ended_at=at))
            row = {"job_id": job_id, "source": "harvest", "number": number, "command": command, "whole": whole}
            more = {"code_of": "test", "began_at": at, "tree": "", "tree_after": "", "failed": []}
            await connection.execute(sa.insert(evidence).values(**row, **more, renewed_at=database_now()))
        return number

    async def renew(self, job_id: str, number: int, *, tree: str | None = None) -> bool:
        """The run goes on, on this `tree` if that is known by now; False when it is over for everybody else, and must end."""
        known = {} if tree is None else {"tree": tree}
        change = sa.update(evidence).where(open_run(job_id, number)).values(renewed_at=database_now(), **known)
        async with self._database.write() as connection:
            return bool((await connection.execute(change)).rowcount)

    async def finish(
        self, job_id: str, number: int, *, at: float, exit_code: int | None, tree_after: str = "", failed: Sequence[str] = ()
    ) -> bool:
        """The run has ended; False when it was over before."""
        values = {"ended_at": at, "exit_code": exit_code, "tree_after": tree_after, "failed": list(failed)}
        async with self._database.write() as connection:
            return bool(
                (await connection.execute(sa.update(evidence).where(open_run(job_id, number)).values(values))).rowcount
            )

    async def goes_on(self, job_id: str) -> bool:
        """Whether a run of Harvest's own is under way in that job, somewhere."""
        async with self._database.read() as connection:
            return bool(await connection.scalar(sa.select(sa.func.count()).where(going_on(job_id))))

    async def give_up(self, job_id: str, *, at: float) -> None:
        """No run of that job goes on any more, whatever whoever runs it thinks."""
        change = sa.update(evidence).where(ours(job_id), evidence.c.ended_at.is_(None)).values(ended_at=at)
        async with self._database.write() as connection:
            await connection.execute(change)

    async def saw(
        self, job_id: str, number: int, command: str, *, at: float, exit_code: int | None, code_of: str, tree: str = ""
    ) -> None:
        """Write down what was seen in the agent's shell, once for each number: what was written first stays."""
        row = {"job_id": job_id, "source": "shell", "number": number, "command": command, "code_of": code_of, "whole": False}
        times = {"began_at": at, "ended_at": at}
        more: dict[str, object] = {**times, "exit_code": exit_code, "tree": "", "tree_after": tree, "failed": []}
        new = self._database.insert(evidence).values(**row, **more, renewed_at=database_now()).on_conflict_do_nothing()
        its_shell = sa.and_(evidence.c.job_id == job_id, evidence.c.source == "shell")
        async with self._database.write() as connection:
            await connection.execute(new)
            await connection.execute(sa.delete(evidence).where(its_shell, evidence.c.number <= number - MAX_SEEN))

    async def of_job(self, job_id: str) -> list[RunRow]:
        """All runs of the job, in the order in which they ended; what goes on comes last."""
        columns = (evidence.c[field.name] for field in fields(RunRow))
        query = sa.select(*columns).where(evidence.c.job_id == job_id)
        async with self._database.read() as connection:
            rows = [RunRow(*row) for row in await connection.execute(query)]
        return sorted(rows, key=lambda row: (row.ended_at is None, row.ended_at or 0.0, row.source, row.number))

    async def forget(self, *, ended_before: float) -> int:
        """Drop the runs of jobs that ended before then, in batches; gives the number of rows. What people were told stays in
        the job's report."""
        old = rows_of_ended_jobs(evidence.c.job_id, evidence.c.began_at, ended_before=ended_before)
        return await forget_in_batches(self._database, old)


def ours(job_id: str) -> sa.ColumnElement[bool]:
    """The runs of Harvest's own in that job."""
    return sa.and_(evidence.c.job_id == job_id, evidence.c.source == "harvest")


def open_run(job_id: str, number: int) -> sa.ColumnElement[bool]:
    return sa.and_(ours(job_id), evidence.c.number == number, evidence.c.ended_at.is_(None))


def going_on(job_id: str) -> sa.ColumnElement[bool]:
    fresh = evidence.c.renewed_at > database_now() - STALE_SECONDS
    return sa.and_(ours(job_id), evidence.c.ended_at.is_(None), fresh)
