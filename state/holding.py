"""Whether what is being done here is still this node's to do.

A node that is stopped for a while (a paused machine, a process that gets no time) is taken for dead, and others go on with
what it had. When it wakes it knows nothing of that. So whatever a node does as the holder of something is done under a check,
which is asked at the last moment before each thing that others would see: a write to the database, to GitHub, to a sandbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Raises MovedOn. Costs nothing as long as this node's own clock says that nobody can have taken it for dead.
Check = Callable[[], Awaitable[None]]

# GitHub ends a request that takes longer, and what one has begun is over by then: whoever takes over finds it.
# https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#timeouts
EFFECT_SECONDS = 10.0

_check: ContextVar[Check | None] = ContextVar("still ours", default=None)


class MovedOn(asyncio.CancelledError):
    """Another node has it by now. A cancellation: what is under way here ends without a trace, and is no failure."""


@contextmanager
def held_by(check: Check) -> Iterator[None]:
    """Within the block, and in the tasks that are begun in it, `must_be_ours` asks this."""
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


async def must_be_ours() -> None:
    """Raises MovedOn when another node has what this is done for. Nothing to ask where nothing is held."""
    check = _check.get()
    if check is None:
        return
    token = _check.set(None)  # what it does itself is not asked about
    try:
        await check()
    finally:
        _check.reset(token)
