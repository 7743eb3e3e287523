"""Questions that agents have for people, one a job at most, until somebody answers, something else is asked for, or nobody has
answered in time.

A job's agent asks while it works; people can answer from the moment at which its job ends with that. Who answers takes the
question first and closes it when the job that goes on is written down: a crash between the two loses no answer, and of two
answers one counts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from state.clock import database_now
from state.columns import ForeignText, Seconds
from state.database import Database
from state.due_rows import DueRows
from state.forgetting import FORGET_ROWS, forget_in_batches
from state.jobs import jobs
from state.sessions import sessions
from state.tables import metadata

# What became of it. To one that nobody answered in time, and that names no default, an answer is taken late.
Closed = Literal["answered", "default", "unanswered", "withdrawn"]

questions = sa.Table(
    "questions",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), primary_key=True),
    sa.Column("session_id", sa.Text, sa.ForeignKey(sessions.c.id), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("question", ForeignText, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("default_answer", ForeignText, nullable=False),
    sa.Column("asked_at", Seconds, nullable=False),
    # Told to people, so it does not change any more; who looks goes by the other one.
    sa.Column("due_at", Seconds),
    sa.Column("look_at", Seconds),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("taken_by", sa.Text),
    sa.Column("closed_at", Seconds),
    sa.Column("why", sa.Text),
)
not_closed = questions.c.closed_at.is_(None)
sa.Index("questions_to_look_at", questions.c.look_at, sqlite_where=not_closed, postgresql_where=not_closed)
sa.Index("questions_of_a_session", questions.c.session_id)
sa.Index("questions_by_time", questions.c.asked_at)
opened = questions.c.due_at.is_not(None)
can_be_answered = sa.and_(opened, sa.or_(not_closed, questions.c.why == "unanswered"))
# Who has taken it may have come to nothing since, as an answer that was stopped before it became a job.
not_gone_on_with = ~sa.exists().where(jobs.c.id == questions.c.taken_by)
withdrawn = {"why": "withdrawn", "taken_by": None}


@dataclass(frozen=True)
class AskedQuestion:
    """A question as it stands. `number` is how many were asked in a row by then, this one included. `default_answer` is what
    the agent goes on with when nobody answers, empty for nothing. People can answer since `due_at` is set, and are expected
    to by then; `taken_by` is the job that goes on with an answer. Times are in seconds since the epoch."""

    job_id: str
    session_id: str
    number: int
    question: str
    options: list[str]
    default_answer: str
    asked_at: float
    due_at: float | None
    look_at: float | None
    failures: int
    taken_by: str | None
    closed_at: float | None
    why: Closed | None


class Questions(DueRows[AskedQuestion]):
    """The questions in a database. One is due when nobody has answered in time."""

    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            AskedQuestion,
            key=(questions.c.job_id,),
            due_at=questions.c.look_at,
            failures=questions.c.failures,
            waiting=sa.and_(opened, not_closed),
        )

    async def ask(
        self, job_id: str, *, session_id: str, number: int, question: str, options: Sequence[str], default_answer: str
    ) -> bool:
        """The job's agent asks this. False when it has asked before: the first one stays."""
        new = self._database.insert(questions).values(
            job_id=job_id,
            session_id=session_id,
            number=number,
            question=question,
            options=list(options),
            default_answer=default_answer,
            asked_at=time.time(),
            failures=0,
        )
        async with self._database.write() as connection:
            added = new.on_conflict_do_nothing().returning(questions.c.job_id)
            return (await connection.execute(added)).first() is not None

    async def of_job(self, job_id: str) -> AskedQuestion | None:
        """What that job's agent asked; None when it asked nothing."""
        found = await self._select(questions.c.job_id == job_id)
        return found[0] if found else None

    async def open(self, job_id: str, *, seconds: float) -> float:
        """People can answer from now on, for so many seconds; gives until when. The first time stays. Raises KeyError."""
        its = questions.c.job_id == job_id
        until = database_now() + seconds
        async with self._database.write() as connection:
            await connection.execute(sa.update(questions).where(its, ~opened).values(due_at=until, look_at=until))
            due_at: float | None = await connection.scalar(sa.select(questions.c.due_at).where(its))
        if due_at is None:
            raise KeyError(f"the job {job_id} has no question")
        return due_at

    async def to_answer(self, session_id: str, *, by: str) -> AskedQuestion | None:
        """The session's last question that can be answered, or that the job `by` has taken; None when there is none."""
        its = sa.or_(can_be_answered, questions.c.taken_by == by)
        which = sa.and_(questions.c.session_id == session_id, its)
        found = await self._select(which, order=(questions.c.asked_at.desc(),), limit=1)
        return found[0] if found else None

    async def take(self, job_id: str, *, by: str) -> bool:
        """The job `by` is to go on with an answer. False when another one has taken the question, or it is over."""
        free = sa.or_(sa.and_(can_be_answered, questions.c.taken_by.is_(None)), questions.c.taken_by == by)
        async with self._database.write() as connection:
            taken = sa.update(questions).where(questions.c.job_id == job_id, free).values(taken_by=by)
            return (await connection.execute(taken)).rowcount == 1

    async def give_back(self, job_id: str, *, by: str) -> None:
        """Nothing came of that answer: another one can be given."""
        its = sa.and_(questions.c.job_id == job_id, questions.c.taken_by == by, can_be_answered)
        await self._update(its, {"taken_by": None})

    async def close(self, job_id: str, why: Closed) -> None:
        """It is over. One that was answered late is over anew; otherwise the first reason stays."""
        its = sa.and_(questions.c.job_id == job_id, can_be_answered)
        await self._update(its, {"closed_at": time.time(), "why": why})

    async def withdraw(self, session_id: str, *, but: str = "") -> int:
        """What can be answered in that session can't be any more, but for the question of the job `but`; gives the number of
        those that were waited for. One that a job goes on with is that job's."""
        its = sa.and_(questions.c.session_id == session_id, questions.c.job_id != but, not_gone_on_with)
        over = {"closed_at": time.time(), **withdrawn}
        async with self._database.write() as connection:
            waited = await connection.execute(sa.update(questions).where(its, opened, not_closed).values(over))
            await connection.execute(sa.update(questions).where(its, can_be_answered).values(over))
        return waited.rowcount

    async def withdraw_of_job(self, job_id: str) -> bool:
        """What that job's agent asked can't be answered any more; whether it could be."""
        its = sa.and_(questions.c.job_id == job_id, not_gone_on_with, can_be_answered)
        over = {"closed_at": time.time(), **withdrawn}
        async with self._database.write() as connection:
            return (await connection.execute(sa.update(questions).where(its).values(over))).rowcount > 0

    async def withdraw_of_repository(self, repository_id: int) -> int:
        """The same in all sessions of that repository."""
        its = sa.select(sessions.c.id).where(sessions.c.repository_id == repository_id)
        mine = sa.and_(questions.c.session_id.in_(its), not_gone_on_with, opened, not_closed)
        over = {"closed_at": time.time(), **withdrawn}
        async with self._database.write() as connection:
            return (await connection.execute(sa.update(questions).where(mine).values(over))).rowcount

    async def forget(self, *, asked_before: float) -> int:
        """Drop those that were asked before then and are over, or were never put to anybody, in batches; gives their
        number."""
        old = sa.and_(questions.c.asked_at < asked_before, sa.or_(~not_closed, ~opened))
        batch = sa.select(questions.c.job_id).where(old).order_by(questions.c.asked_at).limit(FORGET_ROWS)
        return await forget_in_batches(self._database, sa.delete(questions).where(questions.c.job_id.in_(batch)))
