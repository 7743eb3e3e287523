"""How long each sandbox ran, for which job, and what its provider charged. Times are seconds since the epoch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from state.columns import Microdollars, Seconds
from state.database import Database
from state.jobs import jobs
from state.tables import metadata

# What a sandbox was made for: to carry out a job, to build a repository's image, or to wait for a job (warm or a standby).
Purpose = Literal["job", "image", "warm"]

MIB_PER_GIB = 1024

sandbox_times = sa.Table(
    "sandbox_times",
    metadata,
    sa.Column("sandbox_id", sa.Text, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), index=True),
    sa.Column("backend", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("cpu", sa.Double, nullable=False),
    sa.Column("memory_mib", sa.Integer, nullable=False),
    sa.Column("started_at", Seconds, nullable=False),
    sa.Column("ends_by", Seconds, nullable=False),
    sa.Column("ended_at", Seconds),
    sa.Column("cost_microdollars", Microdollars),
)
running = sandbox_times.c.ended_at.is_(None)
sa.Index("sandboxes_running", sandbox_times.c.started_at, sqlite_where=running, postgresql_where=running)
cost_unknown = sa.and_(sandbox_times.c.cost_microdollars.is_(None), sandbox_times.c.ended_at.is_not(None))
sa.Index("sandboxes_without_cost", sandbox_times.c.ended_at, sqlite_where=cost_unknown, postgresql_where=cost_unknown)


@dataclass(frozen=True)
class SandboxTime:
    """One sandbox. `cpu` in cores and `memory_mib` are what was asked for. `ends_by` is its own time limit;
    `cost_microdollars` is None until its provider has told."""

    sandbox_id: str
    job_id: str | None
    backend: str
    purpose: Purpose
    cpu: float
    memory_mib: int
    started_at: float
    ends_by: float
    ended_at: float | None = None
    cost_microdollars: int | None = None

    @property
    def seconds(self) -> float:
        """How long it ran, or has run so far."""
        return max(0.0, (self.ended_at or min(time.time(), self.ends_by)) - self.started_at)


@dataclass(frozen=True)
class SandboxUse:
    """What one job's sandboxes came to. `cost_microdollars` is None until it is known of each of them."""

    sandboxes: int
    seconds: float
    core_seconds: float
    gib_seconds: float
    cost_microdollars: int | None


class SandboxTimes:
    """The times of all sandboxes in a database. Everything here can be repeated without a second effect."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, sandbox: SandboxTime) -> SandboxTime:
        """It runs. What was written down of it first stands, but that one which stood by is a job's from now on; gives what
        is written there now."""
        row = {name: getattr(sandbox, name) for name in SandboxTime.__dataclass_fields__}
        first = self._database.insert(sandbox_times).values(row)
        taken = {"job_id": first.excluded.job_id, "purpose": first.excluded.purpose, "started_at": time.time()}
        stood_by = sa.and_(sandbox_times.c.job_id.is_(None), first.excluded.job_id.is_not(None))
        async with self._database.write() as connection:
            await connection.execute(first.on_conflict_do_update(index_elements=["sandbox_id"], set_=taken, where=stood_by))
            written = sa.select(sandbox_times).where(sandbox_times.c.sandbox_id == sandbox.sandbox_id)
            return SandboxTime(*(await connection.execute(written)).one())

    async def end(self, sandbox_id: str) -> None:
        """It has ended: now, or at its own limit if that is past. The first end stands; one that is not known is no error."""
        now = time.time()
        ended_at = sa.case((sandbox_times.c.ends_by < now, sandbox_times.c.ends_by), else_=now)
        one = sa.update(sandbox_times).where(sandbox_times.c.sandbox_id == sandbox_id, running)
        async with self._database.write() as connection:
            await connection.execute(one.values(ended_at=ended_at))

    async def running(self, backend: str) -> list[SandboxTime]:
        """This backend's sandboxes that were not seen to end, the oldest first."""
        return await self._select(
            sa.select(sandbox_times).where(running, sandbox_times.c.backend == backend).order_by(sandbox_times.c.started_at)
        )

    async def without_cost(self, backend: str, *, ended_after: float, ended_before: float, limit: int) -> list[SandboxTime]:
        """Some of this backend's sandboxes whose cost is not known, which ended between these times. In no order: some are
        never told of, and they would stand before all others."""
        ended = sandbox_times.c.ended_at.between(ended_after, ended_before)
        unknown = sa.and_(sandbox_times.c.backend == backend, cost_unknown, ended)
        return await self._select(sa.select(sandbox_times).where(unknown).order_by(sa.func.random()).limit(limit))

    async def set_cost(self, sandbox_id: str, microdollars: int) -> None:
        """What its provider charged for it in all."""
        one = sa.update(sandbox_times).where(sandbox_times.c.sandbox_id == sandbox_id)
        async with self._database.write() as connection:
            await connection.execute(one.values(cost_microdollars=microdollars))

    async def of_job(self, job_id: str) -> SandboxUse:
        """What the job's sandboxes have come to so far."""
        return total(await self._select(sa.select(sandbox_times).where(sandbox_times.c.job_id == job_id)))

    async def _select(self, query: sa.Select[Any]) -> list[SandboxTime]:
        async with self._database.read() as connection:
            return [SandboxTime(*row) for row in await connection.execute(query)]


def total(times: Sequence[SandboxTime]) -> SandboxUse:
    """All of them together."""
    costs = [each.cost_microdollars for each in times if each.cost_microdollars is not None]
    return SandboxUse(
        sandboxes=len(times),
        seconds=sum(each.seconds for each in times),
        core_seconds=sum(each.seconds * each.cpu for each in times),
        gib_seconds=sum(each.seconds * each.memory_mib / MIB_PER_GIB for each in times),
        cost_microdollars=sum(costs) if len(costs) == len(times) else None,
    )
