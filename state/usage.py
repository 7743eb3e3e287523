"""What each job's use of the model has cost, and whether its gateway token may spend more. Money is in micro-dollars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from state.columns import Microdollars
from state.database import Database
from state.jobs import jobs
from state.tables import metadata

usage = sa.Table(
    "usage",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), primary_key=True),
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("requests", sa.BigInteger, nullable=False),
    sa.Column("input_tokens", sa.BigInteger, nullable=False),
    sa.Column("output_tokens", sa.BigInteger, nullable=False),
    sa.Column("cache_read_tokens", sa.BigInteger, nullable=False),
    sa.Column("cache_write_tokens", sa.BigInteger, nullable=False),
    sa.Column("cost_microdollars", Microdollars, nullable=False),
)


@dataclass(frozen=True)
class Amount:
    """An amount of model use: one request's, or the sum of many."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_microdollars: int = 0


COUNTED = tuple(Amount.__dataclass_fields__)


@dataclass(frozen=True)
class Grant:
    """What a gateway token stands for. `budget_microdollars` is None when the job has no limit; `open` is False once the
    job has ended."""

    job_id: str
    budget_microdollars: int | None
    spent_microdollars: int
    open: bool

    @property
    def exhausted(self) -> bool:
        return self.budget_microdollars is not None and self.spent_microdollars >= self.budget_microdollars


class UsageLedger:
    """The model use of all jobs in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def grant(self, token_sha256: str) -> Grant | None:
        """What the token with this SHA-256 (hex) stands for; None if it was never given out."""
        spent = sa.select(sa.func.coalesce(sa.func.sum(usage.c.cost_microdollars), 0)).where(usage.c.job_id == jobs.c.id)
        query = sa.select(jobs.c.id, jobs.c.budget_microdollars, spent.scalar_subquery(), jobs.c.state != "ended").where(
            jobs.c.gateway_token_sha256 == token_sha256
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        # Postgres gives the sum of bigints as a Decimal.
        return None if row is None else Grant(row[0], row[1], int(row[2]), bool(row[3]))

    async def add(self, job_id: str, model: str, amount: Amount) -> None:
        """Add one request's use to the job's; any number of callers at once add up."""
        values = {name: getattr(amount, name) for name in COUNTED}
        first = self._database.insert(usage).values(job_id=job_id, model=model, **values)
        sums = {name: usage.c[name] + first.excluded[name] for name in COUNTED}
        async with self._database.write() as connection:
            await connection.execute(first.on_conflict_do_update(index_elements=["job_id", "model"], set_=sums))

    async def by_model(self, job_id: str) -> dict[str, Amount]:
        """The job's use of each model."""
        query = sa.select(usage.c.model, *(usage.c[name] for name in COUNTED)).where(usage.c.job_id == job_id)
        async with self._database.read() as connection:
            return {model: Amount(*amounts) for model, *amounts in await connection.execute(query)}

    async def of_job(self, job_id: str) -> Amount:
        """The job's use in all."""
        return await self._total(sa.select(*sums()).where(usage.c.job_id == job_id))

    async def of_installation(self, installation_id: int, *, since: float = 0) -> Amount:
        """The use of all the installation's jobs that were created at or after `since` (seconds since the epoch)."""
        joined = usage.join(jobs, usage.c.job_id == jobs.c.id)
        wanted = sa.and_(jobs.c.installation_id == installation_id, jobs.c.created_at >= since)
        return await self._total(sa.select(*sums()).select_from(joined).where(wanted))

    async def _total(self, query: sa.Select[*tuple[Any, ...]]) -> Amount:
        async with self._database.read() as connection:
            return Amount(*(int(total) for total in (await connection.execute(query)).one()))


def sums() -> list[sa.ColumnElement[int]]:
    return [sa.func.coalesce(sa.func.sum(usage.c[name]), 0) for name in COUNTED]
