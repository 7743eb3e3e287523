"""What each job's use of the model has cost, what its requests under way may still cost at most, and whether its gateway token
may spend more. Money is in micro-dollars."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from state.budgets import Budget, budgets_of, charge, lock_accounts
from state.columns import to_dollars
from state.connection import Connection
from state.database import Database
from state.executors import GONE, executors
from state.jobs import jobs
from state.sessions import sessions
from state.spending import reservations, usage


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
    """What a gateway token stands for. `open` is False once the job has ended; `budgets` are what it is held to. `repository`
    and `thread` say where it was asked for. `reserved` tells whether the request that was asked for is now under way. `models`
    are the patterns of those that the job keeps to, None for all that are allowed."""

    job_id: str
    open: bool
    repository: str
    thread: int
    budgets: tuple[Budget, ...] = ()
    models: tuple[str, ...] | None = None
    reserved: bool = False

    @property
    def exhausted(self) -> Budget | None:
        """The first budget of which nothing is left."""
        return next((budget for budget in self.budgets if budget.exhausted), None)

    @property
    def full(self) -> Budget | None:
        """The first budget that bears no request beside those under way."""
        return next((budget for budget in self.budgets if not budget.bears_one_more), None)


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
                its = sa.select(jobs.c.id).where(jobs.c.gateway_token_sha256 == token_sha256)
                await lock_accounts(connection, its)
            grant = await self._grant(connection, token_sha256)
            if grant is None or not grant.open or grant.full is not None:
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
            await self._lock(connection, [job_id])
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
            await self._lock(connection, [job_id for job_id, *_ in found])
            for job_id, model, most_microdollars in found:
                await self._add(connection, job_id, model, Amount(requests=1, cost_microdollars=most_microdollars))
        return len(found)

    async def add(self, job_id: str, model: str, amount: Amount) -> None:
        """Add one request's use to the job's; any number of callers at once add up."""
        async with self._database.write() as connection:
            await self._lock(connection, [job_id])
            await self._add(connection, job_id, model, amount)

    async def _grant(self, connection: Connection, token_sha256: str) -> Grant | None:
        query = (
            sa.select(jobs.c.id, jobs.c.state != "ended", sessions.c.repository, sessions.c.thread, jobs.c.models)
            .join(sessions, sessions.c.id == jobs.c.session_id)
            .where(jobs.c.gateway_token_sha256 == token_sha256)
        )
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        job_id, is_open, repository, thread, models = row
        budgets = await budgets_of(connection, job_id)
        return Grant(job_id, bool(is_open), repository, thread, budgets, None if models is None else tuple(models))

    async def _lock(self, connection: Connection, job_ids: Sequence[str]) -> None:
        if self._database.dialect == "postgresql":
            await lock_accounts(connection, job_ids)

    async def _add(self, connection: Connection, job_id: str, model: str, amount: Amount) -> None:
        values = {name: getattr(amount, name) for name in COUNTED}
        first = self._database.insert(usage).values(job_id=job_id, model=model, **values)
        sums = {name: usage.c[name] + first.excluded[name] for name in COUNTED}
        await connection.execute(first.on_conflict_do_update(index_elements=["job_id", "model"], set_=sums))
        await charge(connection, job_id, amount.cost_microdollars)

    async def of_job(self, job_id: str) -> Amount:
        """The job's use in all."""
        return await self._total(sa.select(*sums()).where(usage.c.job_id == job_id))

    async def _total(self, query: sa.Select[*tuple[Any, ...]]) -> Amount:
        async with self._database.read() as connection:
            return Amount(*(int(total) for total in (await connection.execute(query)).one()))


def sums() -> list[sa.ColumnElement[int]]:
    return [sa.func.coalesce(sa.func.sum(usage.c[name]), 0) for name in COUNTED]
