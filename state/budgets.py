"""The budgets that jobs are held to: accounts from which many jobs spend, and how much of each a job may see spent.

A job spends from several accounts at once: its own, its session's, its repository's for a month, a person's and everybody's
for a day. What is spent on an account counts whether it has a limit or not, so that one that is set later holds at once. Money
is in micro-dollars.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from state.columns import Microdollars, Seconds
from state.connection import Connection
from state.database import Database
from state.forgetting import FORGET_ROWS, forget_in_batches
from state.jobs import jobs
from state.spending import reservations, spent_by_job, spent_by_session
from state.tables import metadata

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("spent_microdollars", Microdollars, nullable=False),
    sa.Column("used_at", Seconds, nullable=False),
    sa.Index("accounts_by_time", "used_at"),
)

job_accounts = sa.Table(
    "job_accounts",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("whose", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("limit_microdollars", Microdollars),
    sa.Column("set_by", sa.Text, nullable=False),
)


@dataclass(frozen=True)
class Account:
    """What a job spends from. `whose` it is and for which `period` are words that go before and after "has spent …", the
    latter may be empty; `set_by` names the setting that the limit is from. Without a limit it is only counted."""

    id: str
    whose: str
    period: str = ""
    limit_microdollars: int | None = None
    set_by: str = ""


@dataclass(frozen=True)
class Budget:
    """An account with a limit, as it stands. `under_way_microdollars` is the most that requests under way may still cost."""

    account: str
    whose: str
    period: str
    limit_microdollars: int
    set_by: str
    spent_microdollars: int = 0
    under_way_microdollars: int = 0

    @property
    def exhausted(self) -> bool:
        return self.spent_microdollars >= self.limit_microdollars

    @property
    def bears_one_more(self) -> bool:
        """Whether another request may be made: were all under way to cost the most they may, something would be left. So an
        account is overstepped by one request's cost at most, and its only request never waits."""
        return self.spent_microdollars + self.under_way_microdollars < self.limit_microdollars


class JobBudgets:
    """The budgets in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hold(self, job_id: str, session_id: str, held_to: Sequence[Account]) -> None:
        """From now on the job's spending counts on these accounts and is held to their limits."""
        # What was spent before there was the account.
        before = {f"job/{job_id}": spent_by_job(job_id), f"session/{session_id}": spent_by_session(session_id)}
        async with self._database.write() as connection:
            for account in sorted(held_to, key=lambda each: each.id):  # as they are locked
                begun = self._database.insert(accounts).values(
                    id=account.id, spent_microdollars=before.get(account.id, 0), used_at=time.time()
                )
                await connection.execute(begun.on_conflict_do_nothing())
                terms = {
                    "whose": account.whose,
                    "period": account.period,
                    "limit_microdollars": account.limit_microdollars,
                    "set_by": account.set_by,
                }
                held = self._database.insert(job_accounts).values(job_id=job_id, account=account.id, **terms)
                await connection.execute(held.on_conflict_do_update(index_elements=["job_id", "account"], set_=terms))

    async def exhausted(self, held_to: Sequence[Account]) -> Budget | None:
        """The first of these accounts on which nothing is left; None when a job can be paid from all of them."""
        return next((budget for budget in await self.standing(held_to) if budget.exhausted), None)

    async def standing(self, held_to: Sequence[Account]) -> list[Budget]:
        """Those of these accounts that have a limit, as they stand; what is under way is not in it."""
        limits = {account.id: account for account in held_to if account.limit_microdollars is not None}
        query = sa.select(accounts.c.id, accounts.c.spent_microdollars).where(accounts.c.id.in_(list(limits)))
        async with self._database.read() as connection:
            spent = {id_: int(amount) for id_, amount in await connection.execute(query)}
        return [
            Budget(id_, one.whose, one.period, one.limit_microdollars or 0, one.set_by, spent.get(id_, 0))
            for id_, one in limits.items()
        ]

    async def of_job(self, job_id: str) -> tuple[Budget, ...]:
        """The budgets that a job is held to, as they stand."""
        async with self._database.read() as connection:
            return await budgets_of(connection, job_id)

    async def forget(self, *, unused_since: float, ended_before: float) -> None:
        """Drop accounts that nobody has spent from since then, and what jobs were held to that ended before then."""
        # Not the other way round: jobs are kept for ever, and what they are held to is not.
        over = sa.exists().where(jobs.c.id == job_accounts.c.job_id, jobs.c.ended_at < ended_before)
        of_jobs = sa.select(job_accounts.c.job_id).where(over).limit(FORGET_ROWS)
        await forget_in_batches(self._database, sa.delete(job_accounts).where(job_accounts.c.job_id.in_(of_jobs)))
        unused = sa.select(accounts.c.id).where(accounts.c.used_at < unused_since).limit(FORGET_ROWS)
        await forget_in_batches(self._database, sa.delete(accounts).where(accounts.c.id.in_(unused)))


async def budgets_of(connection: Connection, job_id: str) -> tuple[Budget, ...]:
    """The budgets that a job is held to, in the order in which their accounts are locked."""
    other = job_accounts.alias("other")
    under_way = (
        sa.select(sa.func.coalesce(sa.func.sum(reservations.c.most_microdollars), 0))
        .select_from(reservations.join(other, other.c.job_id == reservations.c.job_id))
        .where(other.c.account == job_accounts.c.account)
        .scalar_subquery()
    )
    query = (
        sa.select(
            job_accounts.c.account,
            job_accounts.c.whose,
            job_accounts.c.period,
            job_accounts.c.limit_microdollars,
            job_accounts.c.set_by,
            accounts.c.spent_microdollars,
            under_way,
        )
        .join(accounts, accounts.c.id == job_accounts.c.account)
        .where(job_accounts.c.job_id == job_id, job_accounts.c.limit_microdollars.is_not(None))
        .order_by(job_accounts.c.account)
    )
    # Postgres gives the sum of bigints as a Decimal.
    return tuple(Budget(*row[:5], int(row[5]), int(row[6])) for row in await connection.execute(query))


async def lock_accounts(connection: Connection, job_ids: Sequence[str] | sa.Select[str]) -> None:
    """On Postgres: nobody else looks at these jobs' accounts, or adds to them, before this transaction's end. Always in the
    same order, and so that a row which refers to a job is in nobody's way."""
    theirs = sa.select(job_accounts.c.account).where(job_accounts.c.job_id.in_(job_ids))
    locked = sa.select(accounts.c.id).where(accounts.c.id.in_(theirs)).order_by(accounts.c.id)
    await connection.execute(locked.with_for_update(key_share=True))


async def charge(connection: Connection, job_id: str, microdollars: int) -> None:
    """Add what a job has spent to all of its accounts."""
    its = sa.select(job_accounts.c.account).where(job_accounts.c.job_id == job_id)
    more = {"spent_microdollars": accounts.c.spent_microdollars + microdollars, "used_at": time.time()}
    await connection.execute(sa.update(accounts).where(accounts.c.id.in_(its)).values(more))
