"""Children: jobs in other repositories that a job's agent has asked for, a few of each job at most.

What is asked for is written down under the next free number of its job, in one statement, so no number of processes gives a
job more of them. What comes of it (a refusal, or an issue and a job there) is looked after when it is due.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass

import sqlalchemy as sa

from state.clock import database_now
from state.columns import ForeignText, GitHubId, Seconds
from state.database import Database
from state.due_rows import DueRows
from state.forgetting import FORGET_ROWS, forget_in_batches
from state.jobs import jobs
from state.tables import metadata

MOST_OF_A_JOB = 3
# A job's end is noticed at once where this process ends it, and by this elsewhere.
LOOK_AGAIN_SECONDS = 30.0
DECIDED_LOOK_SECONDS = 0.5

children = sa.Table(
    "children",
    metadata,
    sa.Column("parent_job_id", sa.Text, sa.ForeignKey(jobs.c.id), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    # Of what was asked for: the same once more is no second one.
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("repository", ForeignText, nullable=False),
    sa.Column("task", ForeignText, nullable=False),
    sa.Column("asked_at", Seconds, nullable=False),
    sa.Column("repository_id", GitHubId),
    sa.Column("issue", sa.Integer),
    sa.Column("job_id", sa.Text),
    sa.Column("refusal", ForeignText),
    sa.Column("stop_by", ForeignText),
    sa.Column("look_at", Seconds, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("over_at", Seconds),
    sa.UniqueConstraint("parent_job_id", "digest"),
)
under_way = children.c.over_at.is_(None)
sa.Index("children_to_look_after", children.c.look_at, sqlite_where=under_way, postgresql_where=under_way)
over = children.c.over_at.is_not(None)
sa.Index("children_over", children.c.over_at, sqlite_where=over, postgresql_where=over)
started = children.c.job_id.is_not(None)
sa.Index("children_by_job", children.c.job_id, sqlite_where=started, postgresql_where=started)


@dataclass(frozen=True)
class Child:
    """One child as it stands. `repository` is `owner/name` as it was asked for; `repository_id` and the `issue` there are
    None before there is that issue, `job_id` before its job was started. `refusal` says in a sentence why there will be none;
    `stop_by` is who asked for it to stop. It is over when it was refused, or its end was told. Times are in seconds since the
    epoch."""

    parent_job_id: str
    number: int
    digest: str
    repository: str
    task: str
    asked_at: float
    repository_id: int | None
    issue: int | None
    job_id: str | None
    refusal: str | None
    stop_by: str | None
    look_at: float
    failures: int
    over_at: float | None

    @property
    def id(self) -> str:
        """As in `abc/1`."""
        return f"{self.parent_job_id}/{self.number}"

    @property
    def is_decided(self) -> bool:
        """Whether it is known that it was refused or has begun."""
        return self.refusal is not None or self.job_id is not None


class Children(DueRows[Child]):
    """The children in a database."""

    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            Child,
            key=(children.c.parent_job_id, children.c.number),
            due_at=children.c.look_at,
            failures=children.c.failures,
            waiting=under_way,
        )

    async def ask(self, parent_job_id: str, repository: str, task: str) -> Child | None:
        """Write down what the job's agent asks for; what it asked for before is that child, and what a job asks for that was
        asked to stop is to stop as well. None when the job has as many as it may."""
        digest = hashlib.sha256(f"{repository.casefold()}\n{task}".encode("utf-8", "replace")).hexdigest()
        same = sa.and_(children.c.parent_job_id == parent_job_id, children.c.digest == digest)
        # Who asks the job to stop at this moment waits for the row, and finds it.
        stopped_by = sa.select(jobs.c.stop_by).where(jobs.c.id == parent_job_id).with_for_update(read=True)
        now = time.time()
        for number in range(1, MOST_OF_A_JOB + 1):
            new = self._database.insert(children).values(
                parent_job_id=parent_job_id,
                number=number,
                digest=digest,
                repository=repository,
                task=task,
                asked_at=now,
                look_at=database_now(),
                failures=0,
            )
            async with self._database.write() as connection:
                stop_by = await connection.scalar(stopped_by)
                await connection.execute(new.values(stop_by=stop_by).on_conflict_do_nothing())
            found = await self._select(same)
            if found:
                self.wake()
                return found[0]
        return None

    async def get(self, parent_job_id: str, number: int) -> Child:
        """That child. Raises KeyError."""
        found = await self._select(sa.and_(children.c.parent_job_id == parent_job_id, children.c.number == number))
        if not found:
            raise KeyError(f"no child {parent_job_id}/{number}")
        return found[0]

    async def of_job(self, parent_job_id: str) -> list[Child]:
        """The children of a job, the first one first."""
        return await self._select(children.c.parent_job_id == parent_job_id, order=(children.c.number,))

    async def of_session(self, session_id: str) -> list[Child]:
        """Those of all jobs of a session, the first one first."""
        its = children.join(jobs, jobs.c.id == children.c.parent_job_id)
        query = sa.select(children).select_from(its).where(jobs.c.session_id == session_id)
        async with self._database.read() as connection:
            return [Child(*row) for row in await connection.execute(query.order_by(jobs.c.number, children.c.number))]

    async def decided(self, child: Child, *, seconds: float) -> Child:
        """The child when it is known what comes of it, or as it stands after so many seconds."""
        end = time.monotonic() + seconds
        while not child.is_decided and time.monotonic() < end:
            await asyncio.sleep(DECIDED_LOOK_SECONDS)
            child = await self.get(child.parent_job_id, child.number)
        return child

    # What becomes of it.

    async def note_issue(self, child: Child, repository_id: int, issue: int) -> None:
        await self._update(self._is(child), {"repository_id": repository_id, "issue": issue})

    async def note_started(self, child: Child, job_id: str) -> None:
        begun = {"job_id": job_id, "failures": 0, "look_at": database_now() + LOOK_AGAIN_SECONDS}
        await self._update(self._is(child), begun)

    async def refuse(self, child: Child, why: str) -> None:
        """There will be no job; the first reason stays."""
        await self._update(sa.and_(self._is(child), under_way, ~started), {"refusal": why, "over_at": time.time()})

    async def told(self, child: Child) -> None:
        """Its end was told where it was asked for."""
        await self._update(self._is(child), {"over_at": time.time()})

    async def ask_to_stop(self, parent_job_id: str, by: str) -> list[str]:
        """Those of that job that have not begun never will, and are due; gives the ids of the jobs of those that have, also of
        those that are over: one that waits for an answer may go on."""
        its = children.c.parent_job_id == parent_job_id
        asked = sa.and_(its, under_way, children.c.stop_by.is_(None))
        stop = sa.update(children).where(asked).values(stop_by=by, look_at=database_now())
        async with self._database.write() as connection:
            await connection.execute(stop)
            begun = await connection.scalars(sa.select(children.c.job_id).where(its, started).order_by(children.c.number))
            job_ids = [job_id for job_id in begun if job_id is not None]
        self.wake()
        return job_ids

    async def stir(self, job_id: str) -> None:
        """That job has ended: if it is a child's, that is due."""
        async with self._database.read() as connection:
            its = sa.select(children.c.number).where(children.c.job_id == job_id, under_way)
            if (await connection.execute(its)).first() is None:
                return
        await self._update(sa.and_(children.c.job_id == job_id, under_way), {"look_at": database_now()})
        self.wake()

    async def looked(self, child: Child) -> None:
        """There was nothing to do: look again later, unless something has happened meanwhile."""
        await self._update(self._is(child), {"look_at": self._unless_overtaken(child, LOOK_AGAIN_SECONDS), "failures": 0})

    async def forget(self, *, over_before: float) -> int:
        """Drop those that were over before then, in batches; gives their number."""
        key = (children.c.parent_job_id, children.c.number)
        batch = sa.select(*key).where(children.c.over_at < over_before).order_by(children.c.over_at).limit(FORGET_ROWS)
        return await forget_in_batches(self._database, sa.delete(children).where(sa.tuple_(*key).in_(batch)))
