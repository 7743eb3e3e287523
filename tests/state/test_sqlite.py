"""The connections to a SQLite file, of which each thread needs one of its own."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import sqlalchemy as sa

from state.sqlite import SqliteEngine
from tests.waiting import PATIENCE_SECONDS


class LookedAtTogether(list[sa.Connection]):
    """Idle connections that two threads always look at, and take from, at the same moment."""

    def __init__(self, idle: list[sa.Connection]) -> None:
        super().__init__(idle)
        self._both = threading.Barrier(2)

    def __len__(self) -> int:
        found = super().__len__()
        self._both.wait(PATIENCE_SECONDS)
        return found

    def pop(self, *at: int) -> sa.Connection:  # type: ignore[override]
        self._both.wait(PATIENCE_SECONDS)
        return super().pop(*at)


async def test_of_two_threads_that_see_the_last_idle_connection_one_makes_another(tmp_path: Path) -> None:
    url = sa.make_url(f"sqlite+pysqlite:///{tmp_path / 'file.db'}")
    engine = SqliteEngine(url, begin="BEGIN", connections=2)
    used: list[sa.Connection] = []
    both_have_one = threading.Barrier(2)

    def transaction(connection: sa.Connection) -> int:
        used.append(connection)
        both_have_one.wait(PATIENCE_SECONDS)
        return int(connection.execute(sa.text("SELECT 1")).scalar_one())

    def alone(connection: sa.Connection) -> None:
        used.append(connection)

    await engine.at_once(alone)
    (idle,) = used
    used.clear()
    engine._idle = LookedAtTogether(engine._idle)
    try:
        first_answer, second_answer = await asyncio.gather(engine.at_once(transaction), engine.at_once(transaction))
    finally:
        engine._idle = list(iter(engine._idle))
        await engine.dispose()
    assert first_answer == second_answer == 1
    first, second = used
    assert first is not second
    assert idle in used
