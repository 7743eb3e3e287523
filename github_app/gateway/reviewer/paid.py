"""An answer of a second model, paid from the job's budgets: what it may cost is reserved before, what it did cost is recorded
after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from github_app.gateway.model.admission import Admitted
from github_app.gateway.model.budget import Budgets
from github_app.gateway.reviewer.asked_model import Answer, NoAnswer


async def paid_answer(budgets: Budgets, token_sha256: str, request: Admitted, ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """What `ask` gives, which is called once the job's budgets bear the request; the token is the job's at the gateway. Raises
    Refusal when they don't, and NoAnswer."""
    async with budgets.reserved(token_sha256, await budgets.open_grant(token_sha256), request) as reservation:
        try:
            answer = await ask()
        except NoAnswer as problem:
            await reservation.settle(reservation.most() if problem.paid else None)
            raise
        except asyncio.CancelledError:  # of what was under way nobody knows what it has cost
            await reservation.settle(reservation.most())
            raise
        await reservation.settle(answer.used or reservation.most())
        return answer
