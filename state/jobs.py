"""Jobs: one ask each, carried out on a session, from accepted to an end that a person can see.

The row is what people and later steps look at; the engine keeps its own record of how far the job's steps have come.
Every method can be repeated without a second effect.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, Unpack, get_args

import sqlalchemy as sa

from state.columns import ForeignText, GitHubId, RowNumber, Seconds
from state.database import Database
from state.findings import Chore, Found, give
from state.queue import job_queue
from state.sessions import Kind, sessions
from state.tables import metadata

JobState = Literal["queued", "running", "ended"]
# Whether a job was written down: as a new one; or it was there already; or one of its chore is under way in its session; or
# another one was given all that it would settle.
Added = Literal["new", "known", "under way", "found before"]
Outcome = Literal["succeeded", "no_change", "failed", "refused", "stopped", "withdrawn", "timed_out", "waiting"]
OUTCOMES: frozenset[str] = frozenset(get_args(Outcome))

# 80 bits of the hash: no two requests meet by chance, and the id is short enough for a branch name.
JOB_ID_BYTES = 10
PAGE_ROWS = 50

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("session_id", sa.Text, sa.ForeignKey(sessions.c.id), nullable=False),
    sa.Column("installation_id", GitHubId, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("recipe", sa.Text, nullable=False),
    sa.Column("ask", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("step", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("ending", sa.JSON(none_as_null=True)),
    sa.Column("report", sa.JSON(none_as_null=True)),
    sa.Column("head_sha", sa.Text),
    sa.Column("gateway_token_sha256", sa.Text, unique=True),
    sa.Column("deadline", Seconds),
    sa.Column("stop_by", ForeignText),
    sa.Column("stop_why", ForeignText),
    sa.Column("stop_at", Seconds),
    sa.Column("created_at", Seconds, nullable=False),
    sa.Column("started_at", Seconds),
    sa.Column("ended_at", Seconds),
    sa.Column("settings", sa.JSON(none_as_null=True)),
    sa.Column("models", sa.JSON(none_as_null=True)),
    sa.Column("chore", sa.Text),
    sa.Column("pushed_sha", sa.Text),
    sa.Index("jobs_of_a_session", "session_id", "number"),
    sa.Index("jobs_by_state", "state", "number"),
    sa.Index("jobs_by_time", "created_at"),
    sqlite_autoincrement=True,
)
shows = jobs.c.head_sha.is_not(None)
sa.Index("jobs_by_commit", jobs.c.head_sha, jobs.c.number, sqlite_where=shows, postgresql_where=shows)
pushes = jobs.c.pushed_sha.is_not(None)
sa.Index("jobs_by_push", jobs.c.pushed_sha, sqlite_where=pushes, postgresql_where=pushes)
# Wanted, and its end not known yet.
under_way = sa.and_(jobs.c.chore.is_not(None), jobs.c.state != "ended", jobs.c.ending.is_(None), jobs.c.stop_at.is_(None))
sa.Index(
    "one_chore_of_a_kind",
    jobs.c.session_id,
    jobs.c.chore,
    unique=True,
    sqlite_where=under_way,
    postgresql_where=under_way,
)


@dataclass(frozen=True)
class Job:
    """One job. `number` is its place in the order of arrival. Times are seconds since the epoch.

    `recipe` is the name and version of what it runs through, as in `change/1`; `step` is where it is in that. `ask` is
    what was asked, as plain JSON and as it was at the trigger, and `settings` what the repository had set for itself then,
    None for nothing; `models` are the patterns of those that it keeps to, None for all that are allowed. `ending` is how it
    ended, in sentences, and `report` what it has to show, both as JSON and None before its end.
    `head_sha` is the commit that a person looks at: the one asked about, then the one pushed; the check run stands there.
    `pushed_sha` is the commit that it pushes, written down before it does.
    `deadline` is when its agent must have ended. `chore` is what kind of work it is, where that is the same whoever asks for
    it. `stop_by`, `stop_why` and `stop_at` are set together when somebody asked
    for the job to stop.
    """

    number: int
    id: str
    session_id: str
    installation_id: int
    kind: Kind
    recipe: str
    ask: dict[str, Any]
    state: JobState
    step: str | None
    outcome: Outcome | None
    ending: dict[str, Any] | None
    report: dict[str, Any] | None
    head_sha: str | None
    gateway_token_sha256: str | None
    deadline: float | None
    stop_by: str | None
    stop_why: str | None
    stop_at: float | None
    created_at: float
    started_at: float | None
    ended_at: float | None
    settings: dict[str, Any] | None
    models: list[str] | None
    chore: Chore | None
    pushed_sha: str | None

    @property
    def stop_requested(self) -> bool:
        return self.stop_at is not None


@dataclass(frozen=True)
class RepositoryAtWork:
    """A repository with recent jobs. `repository` is its name as last seen; `began_at` is when the first of their sessions
    did, in seconds since the epoch."""

    installation_id: int
    repository_id: int
    repository: str
    began_at: float


class JobGivenUp(Exception):
    """The process ended again and again in the same step of this job: it is taken for the cause."""

    def __init__(self, step: str, attempts: int) -> None:
        super().__init__(f"Harvest ended {attempts} times in the step {step!r} of this job")
        self.step = step
        self.attempts = attempts


class JobChanges(TypedDict, total=False):
    """What a job's steps may write down on their way."""

    head_sha: str
    pushed_sha: str
    gateway_token_sha256: str | None
    models: list[str] | None
    deadline: float


def job_id_of(domain_key: str) -> str:
    """The id of the job for this request: 16 characters out of a-z and 2-7, the same for the same key for ever."""
    digest = hashlib.sha256(domain_key.encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest[:JOB_ID_BYTES]).decode().lower()


class Jobs:
    """The jobs in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        job_id: str,
        *,
        session_id: str,
        installation_id: int,
        kind: Kind,
        recipe: str,
        ask: Mapping[str, Any],
        settings: Mapping[str, Any] | None = None,
        chore: Chore | None = None,
        found: Found | None = None,
    ) -> Added:
        """Write the job down, last in the queue, and give it what was `found`, if that is what it is for. Nothing is written
        down unless it is new."""
        new = (
            self._database.insert(jobs)
            .values(
                id=job_id,
                session_id=session_id,
                installation_id=installation_id,
                kind=kind,
                recipe=recipe,
                ask=dict(ask),
                settings=None if settings is None else dict(settings),
                chore=chore,
                state="queued",
                created_at=time.time(),
            )
            .on_conflict_do_nothing()
            .returning(jobs.c.number)
        )
        async with self._database.write() as connection:
            number = (await connection.execute(new)).scalar_one_or_none()
            if number is None:
                there = (await connection.execute(sa.select(jobs.c.id).where(jobs.c.id == job_id))).first() is not None
                return "known" if there else "under way"
            if found is not None and not await give(self._database, connection, found, job_id):
                await connection.execute(sa.delete(jobs).where(jobs.c.id == job_id))
                return "found before"
            place = {"number": number, "job_id": job_id, "session_id": session_id, "installation_id": installation_id}
            await connection.execute(sa.insert(job_queue).values(**place, attempts=0))
            now = time.time()
            used = {"updated_at": now, "log_since": sa.func.coalesce(sessions.c.log_since, now)}
            await connection.execute(sa.update(sessions).where(sessions.c.id == session_id).values(used))
        return "new"

    async def get(self, job_id: str) -> Job:
        """That job. Raises KeyError."""
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(jobs).where(jobs.c.id == job_id))).one_or_none()
        if row is None:
            raise KeyError(f"no job {job_id}")
        return Job(*row)

    async def known(self, job_ids: Sequence[str]) -> set[str]:
        """Those of these ids that are a job's."""
        if not job_ids:
            return set()
        async with self._database.read() as connection:
            return set((await connection.scalars(sa.select(jobs.c.id).where(jobs.c.id.in_(job_ids)))).all())

    async def start(self, job_id: str) -> None:
        """It runs now. The first start's time stays; an ended job stays ended."""
        waiting = sa.and_(jobs.c.id == job_id, jobs.c.state == "queued")
        async with self._database.write() as connection:
            await connection.execute(sa.update(jobs).where(waiting).values(state="running", started_at=time.time()))

    async def update(self, job_id: str, **changes: Unpack[JobChanges]) -> None:
        """Store what changed, and nothing else. Raises KeyError."""
        values: dict[str, Any] = dict(changes)
        async with self._database.write() as connection:
            done = await connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(values))
        if done.rowcount == 0:
            raise KeyError(f"no job {job_id}")

    async def request_stop(self, job_id: str, *, by: str, why: str) -> bool:
        """Ask the job to stop; the first request stands. False if it had ended, or was asked before."""
        first = sa.and_(jobs.c.id == job_id, jobs.c.state != "ended", jobs.c.stop_at.is_(None))
        asked = sa.update(jobs).where(first).values(stop_by=by, stop_why=why, stop_at=time.time())
        async with self._database.write() as connection:
            return (await connection.execute(asked)).rowcount == 1

    async def conclude(self, job_id: str, *, ending: Mapping[str, Any], report: Mapping[str, Any]) -> None:
        """Write down how the job ends and what it has to show, before anybody is told; what was written first stays."""
        first = sa.and_(jobs.c.id == job_id, jobs.c.ending.is_(None))
        async with self._database.write() as connection:
            await connection.execute(sa.update(jobs).where(first).values(ending=dict(ending), report=dict(report)))

    async def end(self, job_id: str, outcome: Outcome) -> bool:
        """The job has ended like this. The first end stands: True if this call was it. Raises ValueError for what is no
        outcome."""
        if outcome not in OUTCOMES:
            raise ValueError(f"{outcome!r} is no outcome of a job: use one of {', '.join(sorted(OUTCOMES))}")
        values: dict[str, Any] = {"state": "ended", "outcome": outcome, "ended_at": time.time(), "gateway_token_sha256": None}
        unfinished = sa.and_(jobs.c.id == job_id, jobs.c.state != "ended")
        async with self._database.write() as connection:
            return (await connection.execute(sa.update(jobs).where(unfinished).values(values))).rowcount == 1

    async def position_in_queue(self, job_id: str) -> int:
        """How many unfinished jobs of the same session came before it; 0 means that it is next or running."""
        me, ahead = jobs.alias("me"), jobs.alias("ahead")
        count = (
            sa.select(sa.func.count())
            .select_from(me.join(ahead, sa.and_(ahead.c.session_id == me.c.session_id, ahead.c.number < me.c.number)))
            .where(me.c.id == job_id, ahead.c.state != "ended")
        )
        async with self._database.read() as connection:
            return (await connection.execute(count)).scalar_one()

    async def live_of_session(self, session_id: str) -> list[Job]:
        """The session's unfinished jobs, first come first."""
        return await self._select(
            sa.select(jobs).where(jobs.c.session_id == session_id, jobs.c.state != "ended").order_by(jobs.c.number)
        )

    async def live_of_repository(self, repository_id: int) -> list[Job]:
        """The repository's unfinished jobs, first come first."""
        its = sa.select(sessions.c.id).where(sessions.c.repository_id == repository_id)
        unfinished = jobs.c.state.in_(["queued", "running"])
        return await self._select(sa.select(jobs).where(unfinished, jobs.c.session_id.in_(its)).order_by(jobs.c.number))

    async def of_session(self, session_id: str) -> list[Job]:
        """All the session's jobs, first come first."""
        return await self._select(sa.select(jobs).where(jobs.c.session_id == session_id).order_by(jobs.c.number))

    async def latest_on_commit(self, repository_id: int, sha: str) -> Job | None:
        """The last job of this repository whose check run stands on this commit."""
        found = await self._select(jobs_on_commit(repository_id, sha).limit(1))
        return found[0] if found else None

    async def under_way(self, session_id: str, chore: Chore) -> Job | None:
        """The session's job of that chore that waits or runs."""
        found = await self._select(sa.select(jobs).where(jobs.c.session_id == session_id, jobs.c.chore == chore, under_way))
        return found[0] if found else None

    async def have_pushed(self, repository_id: int, sha: str) -> bool:
        """Whether this commit of the repository was pushed by a job."""
        its = sa.exists().where(sessions.c.id == jobs.c.session_id, sessions.c.repository_id == repository_id)
        query = sa.select(jobs.c.id).where(jobs.c.pushed_sha == sha, its).limit(1)
        async with self._database.read() as connection:
            return (await connection.execute(query)).first() is not None

    async def unfinished(self) -> list[Job]:
        """All unfinished jobs, first come first."""
        return await self._select(sa.select(jobs).where(jobs.c.state.in_(["queued", "running"])).order_by(jobs.c.number))

    async def repositories_at_work(self, *, since: float, limit: int) -> list[RepositoryAtWork]:
        """The repositories in which a job was asked for after that time (seconds since the epoch) or has not ended, those
        with the latest job first."""
        recent = sa.or_(jobs.c.created_at >= since, jobs.c.state.in_(["queued", "running"]))
        latest, began = sa.func.max(jobs.c.number).label("latest"), sa.func.min(sessions.c.created_at).label("began")
        of_each = (
            sa.select(latest, began)
            .select_from(jobs.join(sessions, sessions.c.id == jobs.c.session_id))
            .where(recent)
            .group_by(sessions.c.repository_id)
            .order_by(latest.desc())
            .limit(limit)
            .subquery()
        )
        query = (
            sa.select(sessions.c.installation_id, sessions.c.repository_id, sessions.c.repository, of_each.c.began)
            .select_from(of_each.join(jobs, jobs.c.number == of_each.c.latest))
            .join(sessions, sessions.c.id == jobs.c.session_id)
            .order_by(of_each.c.latest.desc())
        )
        async with self._database.read() as connection:
            return [RepositoryAtWork(*row) for row in await connection.execute(query)]

    async def page(self, *, before: int | None = None, rows: int = PAGE_ROWS) -> list[Job]:
        """The latest jobs, newest first; for the next page, `before` is the last one's number."""
        query = sa.select(jobs).order_by(jobs.c.number.desc()).limit(rows)
        return await self._select(query if before is None else query.where(jobs.c.number < before))

    async def _select(self, query: sa.Select[Any]) -> list[Job]:
        async with self._database.read() as connection:
            return [Job(*row) for row in await connection.execute(query)]


def jobs_on_commit(repository_id: int, sha: str) -> sa.Select[Any]:
    """The jobs of this repository whose check run stands on this commit, newest first."""
    # Not the other way round: a repository's sessions are many, the jobs on a commit few.
    its = sa.exists().where(sessions.c.id == jobs.c.session_id, sessions.c.repository_id == repository_id)
    return sa.select(jobs).where(jobs.c.head_sha == sha, its).order_by(jobs.c.number.desc())
