"""The queue of jobs: whose turn it is, decided by rows. A job that waits is a row and costs nothing.

A job is in the queue from the moment it is written down until the engine is done with it. One of a session runs at a time, in
the order in which they were written down, and no more of an installation and in all than the caps allow; each turn is given
in one transaction, so this holds for any number of processes on one Postgres.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from state.columns import GitHubId, RowNumber, Seconds
from state.database import Database
from state.tables import metadata

# Any constant will do that nobody else uses on this Postgres ("TURN" in ASCII).
TURN_LOCK = 0x5455524E

Place = Literal["waiting", "running"]

job_queue = sa.Table(
    "job_queue",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=False),
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), nullable=False, unique=True),
    sa.Column("session_id", sa.Text, nullable=False),
    sa.Column("installation_id", GitHubId, nullable=False),
    # The process that carries it out; NULL while it waits.
    sa.Column("holder", sa.Text),
    # The step that it is in, by its place among the job's steps, and how often that was begun without coming to its end.
    sa.Column("step", sa.Integer),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("begun_at", Seconds),
    sa.Index("queue_of_a_session", "session_id", "number"),
)
running = job_queue.c.holder.is_not(None)
sa.Index("queue_running", job_queue.c.installation_id, sqlite_where=running, postgresql_where=running)

# Whose job was taken from a process that is gone and not begun by another one yet.
BETWEEN_HOLDERS = ""


@dataclass(frozen=True)
class Caps:
    """How many jobs run at the same time: of one installation, and in all."""

    installation: int
    total: int


@dataclass(frozen=True)
class Waiting:
    """A job that waits and is the first of its session."""

    job_id: str
    installation_id: int


def choose(waiting: Iterable[Waiting], running: Counter[int], caps: Caps) -> list[Waiting]:
    """Those whose turn it is, first come first. `running` counts the jobs that run, by installation, and is left as it is."""
    count = running.copy()
    chosen = []
    for job in waiting:
        if count.total() >= caps.total:
            break
        if count[job.installation_id] < caps.installation:
            count[job.installation_id] += 1
            chosen.append(job)
    return chosen


class JobQueue:
    """The queue in a database, as the process called `me` sees it."""

    def __init__(self, database: Database, me: str) -> None:
        self._database = database
        self._me = me

    async def anybody_waits(self) -> bool:
        """Whether there is a job without an holder: cheaper than `take_turns`, and it writes nothing."""
        query = sa.select(job_queue.c.number).where(job_queue.c.holder.is_(None)).limit(1)
        return await self._database.read_at_once(lambda connection: connection.execute(query).first() is not None)

    async def take_turns(self, caps: Caps) -> list[str]:
        """Make this process the holder of every job whose turn it is; gives their ids, first come first.

        Who comes second at the same time waits, and sees what the first one took.
        """
        taken: list[str] = []
        async with self._database.write() as connection:
            if self._database.dialect == "postgresql":
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(TURN_LOCK)))
            by_installation = sa.select(job_queue.c.installation_id, sa.func.count()).where(running)
            rows = await connection.execute(by_installation.group_by(job_queue.c.installation_id))
            count: Counter[int] = Counter(dict(rows.all()))
            while (room := caps.total - count.total()) > 0:
                full = [installation for installation, jobs in count.items() if jobs >= caps.installation]
                found = (await connection.execute(first_of_their_sessions(full, room))).all()
                chosen = choose([Waiting(job_id, installation) for job_id, installation in found], count, caps)
                if not chosen:
                    break
                ids = [job.job_id for job in chosen]
                await connection.execute(sa.update(job_queue).where(job_queue.c.job_id.in_(ids)).values(holder=self._me))
                count.update(job.installation_id for job in chosen)
                taken += ids
        return taken

    async def hold(self, job_id: str) -> bool:
        """This process carries the job out now, whoever had it before. False when it is in the queue no more."""
        mine = sa.update(job_queue).where(job_queue.c.job_id == job_id, job_queue.c.holder.is_distinct_from(self._me))
        async with self._database.read() as connection:
            holder = (await connection.execute(sa.select(job_queue.c.holder).where(job_queue.c.job_id == job_id))).first()
        if holder is not None and holder[0] != self._me:
            async with self._database.write() as connection:
                await connection.execute(mine.values(holder=self._me))
        return holder is not None

    async def release(self, job_id: str) -> None:
        """The job is over: it leaves the queue, unless another process has it by now."""
        async with self._database.write() as connection:
            await connection.execute(sa.delete(job_queue).where(job_queue.c.job_id == job_id, job_queue.c.holder == self._me))

    async def held_by(self, holder: str) -> list[str]:
        """The jobs that this process has, first come first."""
        query = sa.select(job_queue.c.job_id).where(job_queue.c.holder == holder).order_by(job_queue.c.number)
        return await self._database.read_at_once(lambda connection: list(connection.scalars(query)))

    async def take_from(self, holder: str, *, begun: Sequence[str], over: Sequence[str]) -> None:
        """A process is gone. Its jobs that were `begun` wait for whoever goes on with them, those that are `over` leave the
        queue, and the turns of the others are given anew."""
        its = job_queue.c.holder == holder
        async with self._database.write() as connection:
            await connection.execute(sa.delete(job_queue).where(its, job_queue.c.job_id.in_(over)))
            going_on = sa.update(job_queue).where(its, job_queue.c.job_id.in_(begun))
            await connection.execute(going_on.values(holder=BETWEEN_HOLDERS))
            await connection.execute(sa.update(job_queue).where(its).values(holder=None))

    async def places(self, job_ids: Sequence[str]) -> dict[str, Place]:
        """Where these jobs are in the queue; those that are not in it are left out."""
        if not job_ids:
            return {}
        query = sa.select(job_queue.c.job_id, job_queue.c.holder).where(job_queue.c.job_id.in_(job_ids))
        async with self._database.read() as connection:
            found = await connection.execute(query)
            return {job_id: "waiting" if holder is None else "running" for job_id, holder in found}

    # How often a step was begun and not ended.

    async def begin_step(self, job_id: str, step: int, *, forget_after: float) -> int:
        """The job begins its step of this place; gives how often it did so without coming to the next one, this time
        included. Attempts that are further apart than `forget_after` seconds are not put together."""
        now = time.time()
        again = sa.and_(job_queue.c.step == step, job_queue.c.begun_at > now - forget_after)
        begun = (
            sa.update(job_queue)
            .where(job_queue.c.job_id == job_id)
            .values(step=step, begun_at=now, attempts=sa.case((again, job_queue.c.attempts + 1), else_=1))
            .returning(job_queue.c.attempts)
        )
        async with self._database.write() as connection:
            return (await connection.execute(begun)).scalar_one_or_none() or 1

    async def excuse_mine(self) -> None:
        """This process stops as it was told to: what its jobs are in now is no attempt that failed."""
        mine = sa.update(job_queue).where(job_queue.c.holder == self._me, job_queue.c.attempts > 0)
        async with self._database.write() as connection:
            await connection.execute(mine.values(attempts=job_queue.c.attempts - 1))


def first_of_their_sessions(full: Sequence[int], limit: int) -> sa.Select[str, int]:
    """Jobs that wait with nothing before them in their session, of installations that are not full.

    One that runs is before all others, whatever its number: on Postgres a row may be seen later than one of a higher number.
    """
    before = job_queue.alias("before")
    something_before = sa.exists().where(
        before.c.session_id == job_queue.c.session_id,
        sa.or_(before.c.number < job_queue.c.number, before.c.holder.is_not(None)),
    )
    return (
        sa.select(job_queue.c.job_id, job_queue.c.installation_id)
        .where(job_queue.c.holder.is_(None), job_queue.c.installation_id.not_in(full), ~something_before)
        .order_by(job_queue.c.number)
        .limit(limit)
    )
