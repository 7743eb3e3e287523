"""Rows that are looked after when they are due, each by one node at a time, under a lease: a look that fails is taken again
later, and the others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol, TypeVar

import structlog

from github_app.github.failures import GitHubProblem, Passing
from github_app.jobs.services import Services
from state.database import is_away
from state.leases import LeaseLost

log = structlog.get_logger()

# What another process has done announces itself to nobody.
LOOK_SECONDS = 10.0
AT_ONCE = 4
# What GitHub can't show, or won't, is asked for again: this often, and each time after a longer while.
MOST_FAILURES = 30
FIRST_PAUSE_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 60 * 60.0

Row = TypeVar("Row")


class Due(Protocol[Row]):
    """Rows of one kind, under a `name` of its own."""

    name: str

    async def rows(self, limit: int) -> Sequence[Row]:
        """Those that are due now."""
        ...

    def id_of(self, row: Row) -> str: ...

    def failures_of(self, row: Row) -> int:
        """How many looks at it have failed since one has not."""
        ...

    async def look(self, row: Row) -> None:
        """Look after it as it is by now, which may be otherwise than it was found. Raises GitHubProblem."""
        ...

    async def put_off(self, row: Row, seconds: float) -> None:
        """It is due again in so many seconds."""
        ...

    async def wait(self, seconds: float) -> None:
        """Until something may be due, or for so many seconds."""
        ...


async def look_after(services: Services, due: Due[Row]) -> None:
    """Look after what is due, for ever; ends only by cancellation."""
    while True:
        looked_after = [False]
        try:
            looked_after = await asyncio.gather(*(one_look(services, due, row) for row in await due.rows(AT_ONCE)))
        except Exception as error:  # the database is busy or gone: what is due stays so
            log.error("what is due can't be looked after", what=due.name, error=str(error))
            await asyncio.sleep(LOOK_SECONDS)
        if not any(looked_after):
            await due.wait(LOOK_SECONDS)


async def one_look(services: Services, due: Due[Row], row: Row) -> bool:
    """False when another node is at it."""

    async def look() -> bool:
        await due.look(row)
        return True

    with structlog.contextvars.bound_contextvars(**{due.name: due.id_of(row)}):
        try:
            return await services.leases.while_held(f"{due.name}:{due.id_of(row)}", look) is not None
        except Exception as problem:
            if is_away(problem):
                raise
            asked = problem.wait_seconds if isinstance(problem, Passing) else 0.0
            pause = max(asked, min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** due.failures_of(row)))
            if isinstance(problem, (GitHubProblem, LeaseLost)):
                log.warning("it is looked after again later", what=due.name, error=str(problem), seconds=pause)
            else:
                log.exception("looking after it failed", what=due.name)
            await due.put_off(row, pause)
            return True
