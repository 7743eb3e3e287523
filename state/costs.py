"""What jobs took, added up: money, tokens and time of a session, or of a repository since some moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from state.columns import to_dollars
from state.database import Database
from state.jobs import jobs
from state.sessions import sessions
from state.spending import usage


@dataclass(frozen=True)
class Cost:
    """`jobs` is how many there were, `seconds` how long they were at work; tokens as the model's gateway counted them, those
    that were read from a cache among the input."""

    jobs: int
    seconds: float
    input_tokens: int
    output_tokens: int
    cost_usd: float


class Costs:
    """The costs of the jobs in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_session(self, session_id: str) -> Cost:
        return await self._of(jobs.c.session_id == session_id)

    async def of_repository(self, repository_id: int, *, since: float = 0.0) -> Cost:
        """Of the jobs that were asked for at or after that time (seconds since the epoch)."""
        its = sa.select(sessions.c.id).where(sessions.c.repository_id == repository_id)
        return await self._of(sa.and_(jobs.c.session_id.in_(its), jobs.c.created_at >= since))

    async def _of(self, which: sa.ColumnElement[bool]) -> Cost:
        at_work = sa.func.coalesce(jobs.c.ended_at, jobs.c.started_at) - jobs.c.started_at
        times = sa.select(sa.func.count(), total(at_work)).where(which)
        columns = usage.c
        read = columns.input_tokens + columns.cache_read_tokens + columns.cache_write_tokens
        amounts = sa.select(total(read), total(columns.output_tokens), total(columns.cost_microdollars))
        used = amounts.select_from(usage.join(jobs, jobs.c.id == columns.job_id)).where(which)
        async with self._database.read() as connection:
            count, seconds = (await connection.execute(times)).one()
            tokens_in, tokens_out, microdollars = (await connection.execute(used)).one()
        return Cost(count, float(seconds), int(tokens_in), int(tokens_out), to_dollars(int(microdollars)))


def total(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(sa.func.sum(column), 0)
