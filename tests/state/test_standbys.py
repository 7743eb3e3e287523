"""A standby goes to its session's next job, or to the one who ends it, and never to both."""

from __future__ import annotations

import asyncio

import pytest

from state.database import Database
from state.sessions import Sessions
from state.standbys import Standby, Standbys


@pytest.fixture
async def two(database: Database) -> tuple[Standby, Standby]:
    """Of two sessions, the older one first; written down in the other order."""
    made = []
    for thread, created_at in ((2, 20.0), (1, 10.0)):
        session = await Sessions(database).open_session(
            installation_id=5, repository_id=2, repository="acme/timespan", thread=thread, kind="issue"
        )
        one = Standby(session.id, f"sb-{thread}", f"snap-{thread}", f"run-{thread}", "begun", "token", created_at)
        assert await Standbys(database).add(one)
        made.append(one)
    return made[1], made[0]


async def test_a_session_finds_its_own_and_all_are_told_the_oldest_first(
    database: Database, two: tuple[Standby, Standby]
) -> None:
    standbys = Standbys(database)
    assert await standbys.all() == list(two)
    assert [await standbys.of_session(one.session_id) for one in two] == list(two)
    assert await standbys.of_session("another") is None


async def test_a_session_has_one_until_somebody_takes_it(database: Database, two: tuple[Standby, Standby]) -> None:
    standbys, (older, newer) = Standbys(database), two
    another = Standby(older.session_id, "sb-3", "snap-3", "run-3", "begun", "token", 30.0)
    assert not await standbys.add(another)
    assert await standbys.of_session(older.session_id) == older

    assert sum(await asyncio.gather(*(standbys.take("sb-1") for _ in range(5)))) == 1
    assert await standbys.all() == [newer]
    assert await standbys.add(another)
    assert not await standbys.take("sb-1"), "another one is there now"
    assert await standbys.all() == [newer, another]
