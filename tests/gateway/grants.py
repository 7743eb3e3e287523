"""Grants in memory, keeping the promises of `state.usage.UsageLedger`."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace

from state.budgets import Budget
from state.usage import Amount, Grant
from tests.waiting import until


class MemoryGrants:
    """`added` are the uses that were recorded, in order. They can be made to fail, or to wait."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}
        self.added: list[tuple[str, str, Amount]] = []
        self.under_way: dict[str, tuple[str, int]] = {}
        self.looked_up = 0
        self.disk_is_full = False
        self.may_add = asyncio.Event()
        self.may_add.set()

    def give(self, token: str, job_id: str, *, budget_usd: float | None, open: bool = True) -> None:
        limit = None if budget_usd is None else round(budget_usd * 1_000_000)
        budgets = () if limit is None else (Budget(f"job/{job_id}", "this job", "", limit, "HARVEST_BUDGET_USD"),)
        self._grants[hashlib.sha256(token.encode()).hexdigest()] = Grant(job_id, open, "acme/tide", 1, budgets)

    def end(self, job_id: str) -> None:
        """The job has ended."""
        self._change(job_id, lambda grant: replace(grant, open=False))

    def spend(self, job_id: str, microdollars: int) -> None:
        def spent(budget: Budget) -> Budget:
            return replace(budget, spent_microdollars=budget.spent_microdollars + microdollars)

        self._change(job_id, lambda grant: replace(grant, budgets=tuple(map(spent, grant.budgets))))

    async def grant(self, token_sha256: str) -> Grant | None:
        # As a database would, this gives others a turn.
        await asyncio.sleep(0)
        self.looked_up += 1
        return self._grants.get(token_sha256)

    async def reserve(self, token_sha256: str, reservation_id: str, model: str, most_microdollars: int) -> Grant | None:
        grant = await self.grant(token_sha256)
        if grant is None:
            return None
        most = sum(most for job_id, most in self.under_way.values() if job_id == grant.job_id)
        grant = replace(grant, budgets=tuple(replace(budget, under_way_microdollars=most) for budget in grant.budgets))
        if not grant.open or grant.full is not None:
            return grant
        self.under_way[reservation_id] = (grant.job_id, most_microdollars)
        return replace(grant, reserved=True)

    async def settle(self, reservation_id: str, job_id: str, model: str, amount: Amount | None) -> None:
        await self.may_add.wait()
        if self.disk_is_full:
            raise OSError("disk full")
        if self.under_way.pop(reservation_id, None) and amount is not None:
            self.added.append((job_id, model, amount))
            self.spend(job_id, amount.cost_microdollars)

    async def one_use(self) -> Amount:
        """The use of the one request there was, as soon as it is recorded."""
        await until(lambda: bool(self.added))
        (use,) = self.added
        return use[2]

    def _change(self, job_id: str, change: Callable[[Grant], Grant]) -> None:
        for token_sha256, grant in self._grants.items():
            if grant.job_id == job_id:
                self._grants[token_sha256] = change(grant)
