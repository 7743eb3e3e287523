"""What each job's use of the model has cost, what its requests under way may still cost at most, and whether its gateway token
may spend more. Money is in micro-dollars."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from state.columns import Microdollars, Seconds, to_dollars
from state.connection import Connection
from state.database import Database
from state.executors import GONE, executors
from state.jobs import jobs
from state.sessions import sessions
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

reservations = sa.Table(
    "reservations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("most_microdollars", Microdollars, nullable=False),
    sa.Column("made_at", Seconds, nullable=False),
    sa.Column("node", sa.Text),
    sa.Index("reservations_of_a_job", "job_id"),
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

    @property
    def cost_usd(self) -> float:
        return to_dollars(self.cost_microdollars)


COUNTED = tuple(Amount.__dataclass_fields__)


@dataclass(frozen=True)
class Grant:
    """What a gateway token stands for. `budget_microdollars` is None when the job has no limit; `open` is False once the
    job has ended. `repository` and `thread` say where it was asked for. `under_way_microdollars` is the most that its requests
    under way may still cost; `reserved` tells whether the one that was asked for is now among them. `models` are the patterns
    of those that the job keeps to, None for all that are allowed."""

    job_id: str
    budget_microdollars: int | None
    spent_microdollars: int
    open: bool
    repository: str
    thread: int
    under_way_microdollars: int = 0
    reserved: bool = False
    models: tuple[str, ...] | None = None

    @property
    def exhausted(self) -> bool:
        return self.budget_microdollars is not None and self.spent_microdollars >= self.budget_microdollars

    @property
    def bears_one_more(self) -> bool:
        """Whether another request may be made: were all under way to cost the most they may, something would be left. So a
        job oversteps its budget by one request's cost at most, and its only request never waits."""
        if not self.open:
            return False
        at_most = self.spent_microdollars + self.under_way_microdollars
        return self.budget_microdollars is None or at_most < self.budget_microdollars


class UsageLedger:
    """The model use of all jobs in a database. `node` is what the process is called that makes requests to the model."""

    def __init__(self, database: Database, node: str | None = None) -> None:
        self._database = database
        self._node = node

    async def grant(self, token_sha256: str) -> Grant | None:
        """What the token with this SHA-256 (hex) stands for; None if it was never given out."""
        async with self._database.read() as connection:
            return await self._grant(connection, token_sha256)

    async def reserve(self, token_sha256: str, reservation_id: str, model: str, most_microdollars: int) -> Grant | None:
        """Reserve the most that a request may cost, if the job bears one more; the grant's `reserved` tells. None if the token
        was never given out. Requests at the same time are looked at one after the other, whichever process they come to."""
        async with self._database.write() as connection:
            if self._database.dialect == "postgresql":  # SQLite has one writer at a time
                locked = sa.select(jobs.c.id).where(jobs.c.gateway_token_sha256 == token_sha256).with_for_update()
                await connection.execute(locked)
            grant = await self._grant(connection, token_sha256)
            if grant is None or not grant.bears_one_more:
                return grant
            await connection.execute(
                sa.insert(reservations).values(
                    id=reservation_id,
                    job_id=grant.job_id,
                    model=model,
                    most_microdollars=most_microdollars,
                    made_at=time.time(),
                    node=self._node,
                )
            )
        return replace(grant, reserved=True)

    async def settle(self, reservation_id: str, job_id: str, model: str, amount: Amount | None) -> None:
        """Let go of a reservation and add what its request used to the job's, None for nothing; any number of callers at once
        add up. One that was settled before is left as it is."""
        async with self._database.write() as connection:
            gone = await connection.execute(sa.delete(reservations).where(reservations.c.id == reservation_id))
            if gone.rowcount and amount is not None:
                await self._add(connection, job_id, model, amount)

    async def settle_left_behind(self) -> int:
        """Count the requests that a process left under way when it died as the most that they may have cost; gives how many.

        On SQLite nobody else is at work when this is called, at the start. On Postgres those are counted whose node is gone.
        """
        left = sa.delete(reservations)
        if self._database.dialect == "postgresql":
            lives = sa.exists().where(executors.c.id == reservations.c.node, executors.c.seen_at > GONE)
            left = left.where(~lives)
        columns = (reservations.c.job_id, reservations.c.model, reservations.c.most_microdollars)
        async with self._database.write() as connection:
            found = (await connection.execute(left.returning(*columns))).all()
            for job_id, model, most_microdollars in found:
                await self._add(connection, job_id, model, Amount(requests=1, cost_microdollars=most_microdollars))
        return len(found)

    async def add(self, job_id: str, model: str, amount: Amount) -> None:
        """Add one request's use to the job's; any number of callers at once add up."""
        async with self._database.write() as connection:
            await self._add(connection, job_id, model, amount)

    async def _grant(self, connection: Connection, token_sha256: str) -> Grant | None:
        def sum_of(column: sa.Column[int], of: sa.Column[str]) -> sa.ScalarSelect[Any]:
            return sa.select(sa.func.coalesce(sa.func.sum(column), 0)).where(of == jobs.c.id).scalar_subquery()

        spent = sum_of(usage.c.cost_microdollars, usage.c.job_id)
        under_way = sum_of(reservations.c.most_microdollars, reservations.c.job_id)
        query = (
            sa.select(
                jobs.c.id,
                jobs.c.budget_microdollars,
                spent,
                jobs.c.state != "ended",
                sessions.c.repository,
                sessions.c.thread,
                under_way,
                jobs.c.models,
            )
            .join(sessions, sessions.c.id == jobs.c.session_id)
            .where(jobs.c.gateway_token_sha256 == token_sha256)
        )
        row = (await connection.execute(query)).one_or_none()
        # Postgres gives the sum of bigints as a Decimal.
        if row is None:
            return None
        models = None if row[7] is None else tuple(row[7])
        return Grant(row[0], row[1], int(row[2]), bool(row[3]), row[4], row[5], int(row[6]), models=models)

    async def _add(self, connection: Connection, job_id: str, model: str, amount: Amount) -> None:
        values = {name: getattr(amount, name) for name in COUNTED}
        first = self._database.insert(usage).values(job_id=job_id, model=model, **values)
        sums = {name: usage.c[name] + first.excluded[name] for name in COUNTED}
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
