"""Holds each job to its budgets, however many requests it and others make at once.

A job has a budget of its own and shares others: its session's, its repository's, a person's, a day's. A request is let through
when what is recorded and the most that the requests under way can still cost stay below each of them. If they would not, it
waits for one of those to end, instead of failing for a cost that hardly ever comes about; alone, it is let through as long as
anything is left. So a budget is overstepped by what one request costs, never more.

What a request may cost is reserved in the database before the model is asked, so it is not forgotten when this process dies.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakValueDictionary

import structlog

from github_app.gateway.model import refusals
from github_app.gateway.model.admission import Admitted
from github_app.gateway.model.prices import Tokens, cost_microdollars, most_microdollars, most_tokens
from state.usage import Amount, Grant

log = structlog.get_logger()

# Another process may have settled the request that this one waits for, and can't tell.
LOOK_AGAIN_SECONDS = 5.0
# A database that takes nothing now is asked again after this, and twice as long each time, up to a minute.
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0


class Grants(Protocol):
    """What tokens stand for, and what was spent on them: `state.usage.UsageLedger`."""

    async def grant(self, token_sha256: str) -> Grant | None:
        """What the token with this SHA-256 (hex) stands for; None if there is no such token."""
        ...

    async def reserve(self, token_sha256: str, reservation_id: str, model: str, most_microdollars: int) -> Grant | None:
        """Reserve the most that a request may cost if the job's budgets bear the requests before it, at one moment with all
        others: `reserved` of the grant tells. None if there is no such token."""
        ...

    async def settle(self, reservation_id: str, job_id: str, model: str, amount: Amount | None) -> None:
        """Let go of the reservation and add the request's use to the job's, None for nothing. Nothing happens if it was
        settled before."""
        ...


@dataclass(eq=False)
class _Account:
    """Where requests wait for each other that one budget pays for; `settled` is replaced by a new one whenever it has
    happened."""

    settled: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self) -> None:
        self.settled.set()
        self.settled = asyncio.Event()


class Reservation:
    """One request under way, and the most that it may cost."""

    def __init__(self, budgets: Budgets, accounts: Mapping[str, _Account], job_id: str, request: Admitted) -> None:
        self.id = uuid.uuid4().hex
        self.job_id = job_id
        self.model = request.model
        self.most_microdollars = most_microdollars(request.model, request.prompt_tokens, request.max_tokens, request.searches)
        self.accounts = accounts
        self._request = request
        self._budgets = budgets
        self._is_settled = False

    def most(self) -> Tokens:
        """The dearest use that the request can come to."""
        return most_tokens(self._request.prompt_tokens, self._request.max_tokens, self._request.searches)

    async def settle(self, used: Tokens | None) -> None:
        """Record what the request used, None for nothing, and let go of the rest. Only the first call counts."""
        if not self._is_settled:
            self._is_settled = True
            await self._budgets.settle(self, used)


class Budgets:
    """The budgets of all jobs."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants
        self._accounts: WeakValueDictionary[str, _Account] = WeakValueDictionary()
        self._recording: set[asyncio.Task[Any]] = set()
        self._owing: set[asyncio.Task[Any]] = set()

    async def open_grant(self, token_sha256: str) -> Grant:
        """What a token stands for. Raises Refusal when it is unknown or its job has ended."""
        return _open(await self._grants.grant(token_sha256))

    @asynccontextmanager
    async def reserved(self, token_sha256: str, known: Grant, request: Admitted) -> AsyncIterator[Reservation]:
        """Wait until the request may be made, and keep what it may cost reserved until it is settled. `known` is what the
        token stood for a moment ago. Raises Refusal."""
        accounts = {budget.account: self._accounts.setdefault(budget.account, _Account()) for budget in known.budgets}
        reservation = Reservation(self, accounts, known.job_id, request)
        while True:
            settled = {name: account.settled for name, account in accounts.items()}
            grant = await self._reserve(token_sha256, reservation)
            if grant.reserved:
                break
            if grant.exhausted is not None:
                raise refusals.budget_spent(grant.exhausted)
            waits_for = settled.get(grant.full.account if grant.full is not None else "", asyncio.Event())
            with suppress(TimeoutError):
                await asyncio.wait_for(waits_for.wait(), LOOK_AGAIN_SECONDS)
        try:
            yield reservation
        finally:
            await reservation.settle(None)

    async def settle(self, reservation: Reservation, used: Tokens | None) -> None:
        """Put what a request used in the place of what it might have. When the client goes away meanwhile, it goes on; what
        the database does not take counts as the most, and is tried again."""
        amount = None if used is None else _amount(reservation.model, used)
        recorded = await self._uninterrupted(self._record(reservation, amount))
        if not recorded:
            owing = asyncio.create_task(self._record_later(reservation, amount))
            self._owing.add(owing)
            owing.add_done_callback(self._owing.discard)

    async def settled(self) -> None:
        """Wait until the use of all requests that are over is recorded. What the database still does not take counts as the
        most that it may have been, from the next start on."""
        await asyncio.gather(*self._recording)
        for owing in self._owing:
            owing.cancel()

    async def _reserve(self, token_sha256: str, reservation: Reservation) -> Grant:
        reserving = asyncio.ensure_future(
            self._grants.reserve(token_sha256, reservation.id, reservation.model, reservation.most_microdollars)
        )
        self._recording.add(reserving)
        reserving.add_done_callback(self._recording.discard)
        try:
            return _open(await asyncio.shield(reserving))
        except asyncio.CancelledError:
            # The client has left; the reservation may have been written all the same.
            with suppress(Exception):
                await reserving
            await reservation.settle(None)
            raise

    async def _uninterrupted(self, recording: Coroutine[Any, Any, bool]) -> bool:
        task = asyncio.create_task(recording)
        self._recording.add(task)
        task.add_done_callback(self._recording.discard)
        return await asyncio.shield(task)

    async def _record(self, reservation: Reservation, amount: Amount | None) -> bool:
        try:
            await self._grants.settle(reservation.id, reservation.job_id, reservation.model, amount)
        except Exception:
            log.exception("the use of the model could not be recorded", job=reservation.job_id)
            return False
        for account in reservation.accounts.values():
            account.tell()
        return True

    async def _record_later(self, reservation: Reservation, amount: Amount | None) -> None:
        wait = FIRST_WAIT_SECONDS
        while True:
            await asyncio.sleep(wait)
            if await self._record(reservation, amount):
                return
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)


def _open(grant: Grant | None) -> Grant:
    if grant is None:
        raise refusals.unknown_token()
    if not grant.open:
        raise refusals.job_has_ended()
    return grant


def _amount(model: str, used: Tokens) -> Amount:
    return Amount(
        requests=1,
        input_tokens=used.input,
        output_tokens=used.output,
        cache_read_tokens=used.cache_read,
        cache_write_tokens=used.cache_write,
        cost_microdollars=cost_microdollars(model, used),
    )
