"""Holds each job to its budget, however many requests it makes at once.

A request is let through when what is recorded and the most that the requests under way can still cost stay below the budget.
If they would not, it waits for one of those to end, instead of failing for a cost that hardly ever comes about; alone, it is
let through as long as anything is left. So a job oversteps its budget by what one request costs, never more.

Requests under way are known to this process only: with several processes the overstep is one request for each.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakValueDictionary

import structlog

from github_app.gateway import refusals
from github_app.gateway.admission import Admitted
from github_app.gateway.prices import Tokens, cost_microdollars, most_microdollars
from state.usage import Amount, Grant

log = structlog.get_logger()


class Grants(Protocol):
    """What tokens stand for, and what was spent on them: `state.usage.UsageLedger`."""

    async def grant(self, token_sha256: str) -> Grant | None:
        """What the token with this SHA-256 (hex) stands for; None if there is no such token."""
        ...

    async def add(self, job_id: str, model: str, amount: Amount) -> None:
        """Add one request's use to the job's; any number of callers at once add up."""
        ...


@dataclass(eq=False)
class _Account:
    """A job's requests under way, and uses that could not be recorded when they came about."""

    job_id: str
    under_way: list[Reservation] = field(default_factory=list)
    unrecorded: list[tuple[str, Amount]] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)


class Reservation:
    """One request under way, and the most that it may cost."""

    def __init__(self, budgets: Budgets, account: _Account, request: Admitted) -> None:
        self.model = request.model
        self.most_microdollars = most_microdollars(request.model, request.prompt_tokens, request.max_tokens)
        self._budgets = budgets
        self._account = account
        self._is_settled = False

    async def settle(self, used: Tokens | None) -> None:
        """Record what the request used, None for nothing, and let go of the rest. Only the first call counts."""
        if not self._is_settled:
            self._is_settled = True
            await self._budgets.settle(self._account, self, used)


class Budgets:
    """The budgets of all jobs."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants
        self._accounts: WeakValueDictionary[str, _Account] = WeakValueDictionary()
        # An account that owes something must not be forgotten with its last request.
        self._owing: dict[str, _Account] = {}
        self._recording: set[asyncio.Task[None]] = set()

    async def open_grant(self, token_sha256: str) -> Grant:
        """What a token stands for. Raises Refusal when it is unknown or its job has ended."""
        grant = await self._grants.grant(token_sha256)
        if grant is None:
            raise refusals.unknown_token()
        if not grant.open:
            raise refusals.job_has_ended()
        return grant

    @asynccontextmanager
    async def reserved(self, token_sha256: str, job_id: str, request: Admitted) -> AsyncIterator[Reservation]:
        """Wait until the request may be made, and keep what it may cost reserved until it is settled. Raises Refusal."""
        account = self._accounts.setdefault(job_id, _Account(job_id))
        reservation = Reservation(self, account, request)
        if account.unrecorded:
            await self._uninterrupted(self._record(account))
        async with account.changed:
            while not self._fits(await self.open_grant(token_sha256), account):
                await account.changed.wait()
            account.under_way.append(reservation)
        try:
            yield reservation
        finally:
            await reservation.settle(None)

    async def settle(self, account: _Account, reservation: Reservation, used: Tokens | None) -> None:
        """Take a request that is over off the account, and record what it used."""
        account.under_way.remove(reservation)
        if used is not None:
            account.unrecorded.append((reservation.model, _amount(reservation.model, used)))
        await self._uninterrupted(self._record(account))

    async def settled(self) -> None:
        """Wait until the use of all requests that are over is recorded."""
        await asyncio.gather(*self._recording)

    async def _uninterrupted(self, recording: Coroutine[Any, Any, None]) -> None:
        """Wait for it; but when the client goes away meanwhile, it goes on all the same."""
        task = asyncio.create_task(recording)
        self._recording.add(task)
        task.add_done_callback(self._recording.discard)
        await asyncio.shield(task)

    def _fits(self, grant: Grant, account: _Account) -> bool:
        if grant.budget_microdollars is None:
            return True
        spent = grant.spent_microdollars + sum(amount.cost_microdollars for _, amount in account.unrecorded)
        if spent >= grant.budget_microdollars:
            raise refusals.budget_spent(spent, grant.budget_microdollars)
        at_most = spent + sum(reservation.most_microdollars for reservation in account.under_way)
        return not account.under_way or at_most < grant.budget_microdollars

    async def _record(self, account: _Account) -> None:
        """Write down what isn't yet. What the database refuses counts all the same, and is tried again at the next request."""
        async with account.changed:
            try:
                while account.unrecorded:
                    await self._grants.add(account.job_id, *account.unrecorded[0])
                    del account.unrecorded[0]
            except Exception:
                owed = len(account.unrecorded)
                log.exception("the use of the model could not be recorded", job=account.job_id, requests=owed)
                self._owing[account.job_id] = account
            else:
                self._owing.pop(account.job_id, None)
            account.changed.notify_all()


def _amount(model: str, used: Tokens) -> Amount:
    return Amount(
        requests=1,
        input_tokens=used.input,
        output_tokens=used.output,
        cache_read_tokens=used.cache_read,
        cache_write_tokens=used.cache_write,
        cost_microdollars=cost_microdollars(model, used),
    )
