"""Rows that are looked after when they are due, each by one node at a time, under a lease: a look that fails is taken again
later, and the others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from structlog.contextvars import bound_contextvars

from github_app.gateway.tools.problems import ServerProblem
from github_app.github.failures import GitHubProblem, Passing
from state.database import is_away
from state.due_rows import DueRows, Row
from state.leases import Leases

log = structlog.get_logger()

# A look may take half a dozen requests to GitHub, and people's own asks come first.
AT_ONCE, AT_ONCE_OF_ONE = 4, 2
# More than may be looked at, since some of them are under way already, or have to wait for others of theirs.
FOUND_AT_ONCE = 200
# What other nodes are at is a few rows; where it is more than that, nothing can be written down now.
MOST_LET_ALONE = 16
# What can't be had, or is refused, is asked for again after this, and each time after a longer while.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 60 * 60.0

# One look at a row, as it is now. What it raises is tried again later.
Look = Callable[[Row], Awaitable[None]]


async def look_after_rows(
    leases: Leases, what: str, rows: DueRows[Row], look: Look[Row], *, whose: Callable[[Row], object] | None = None
) -> None:
    """Look after what is due, at first and whenever they are woken (`state/becoming_due.py` does that), for ever; ends only by
    cancellation. `what` they are called in the log and by their leases. A look may take minutes, where GitHub has an
    installation wait: others are taken meanwhile. `whose` a row is: of nobody's more than AT_ONCE_OF_ONE are under way."""
    under_way: dict[str, tuple[asyncio.Task[bool], object]] = {}
    let_alone: set[str] = set()  # until they are woken again
    try:
        while True:
            try:
                for row in await rows.due(FOUND_AT_ONCE):
                    name, owner = rows.name_of(row), None if whose is None else whose(row)
                    of_one = 0 if owner is None else sum(owner == other for _, other in under_way.values())
                    if len(under_way) >= AT_ONCE or len(let_alone) >= MOST_LET_ALONE:
                        break
                    if name in under_way or name in let_alone or of_one >= AT_ONCE_OF_ONE:
                        continue
                    under_way[name] = (asyncio.create_task(one_look(leases, what, rows, row, look)), owner)
            except Exception as error:  # the database is busy or gone: what is due stays so
                log.error("what is due can't be looked after", what=what, error=str(error))
            if await are_woken(rows, [task for task, _ in under_way.values()]):
                let_alone.clear()
            over = {name: task for name, (task, _) in under_way.items() if task.done()}
            let_alone |= {name for name, task in over.items() if task.cancelled() or not task.result()}
            under_way = {name: one for name, one in under_way.items() if name not in over}
    finally:
        for task, _ in under_way.values():
            task.cancel()
        await asyncio.gather(*(task for task, _ in under_way.values()), return_exceptions=True)


async def are_woken(rows: DueRows[Row], looks: Sequence[asyncio.Task[bool]]) -> bool:
    """Wait until they are, or until one of these looks is over: then False."""
    waiting = asyncio.create_task(rows.wait())
    try:
        await asyncio.wait({waiting, *looks}, return_when=asyncio.FIRST_COMPLETED)
        return waiting.done()
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def one_look(leases: Leases, what: str, rows: DueRows[Row], found: Row, look: Look[Row]) -> bool:
    """False when another node is at it, or nothing can be written down now."""
    name = rows.name_of(found)
    with bound_contextvars(**{what: name}):
        try:
            return await leases.while_held(f"{what}:{name}", lambda: look_if_still_due(rows, found, look)) is not None
        except Exception as problem:  # the lease is another node's by now, or the database is away
            log.warning("it is looked after again later", error=str(problem))
            return False


async def look_if_still_due(rows: DueRows[Row], found: Row, look: Look[Row]) -> bool:
    """Another node may have been at it since it was found. What comes of the look is written down under the lease too, so that
    one that fails counts once."""
    row = await rows.still_due(found)
    if row is None:
        return True
    try:
        await look(row)
    except Exception as problem:
        if is_away(problem):
            raise
        asked = problem.wait_seconds if isinstance(problem, Passing) else 0.0
        pause = max(asked, pause_after(rows.failures_of(row)))
        if isinstance(problem, (GitHubProblem, ServerProblem)):
            log.warning("it is looked after again later", error=str(problem), seconds=pause)
        else:
            log.exception("looking after it failed", seconds=pause)
        await rows.put_off(row, pause)
    return True


def pause_after(failures: int, first: float = FIRST_PAUSE_SECONDS, longest: float = LONGEST_PAUSE_SECONDS) -> float:
    """In seconds: twice as long each time."""
    return min(longest, first * 2.0 ** min(failures, 30))
