"""A call that writes is made once, by whoever makes it, and a job has so many of them."""

from __future__ import annotations

import asyncio
import time

import pytest
import sqlalchemy as sa

from state.database import Database
from state.jobs import Jobs
from state.sessions import Sessions
from state.tool_writes import UNDER_WAY_SECONDS, ToolWrites, tool_writes


@pytest.fixture
async def writes(database: Database) -> ToolWrites:
    """Those of the job `j`."""
    session = await Sessions(database).open_session(
        installation_id=2**40, repository_id=2**41, repository="a/b", thread=1, kind="issue"
    )
    await Jobs(database).add("j", session_id=session.id, installation_id=2**40, kind="issue", recipe="change/1", ask={})
    return ToolWrites(database)


async def test_a_call_is_made_once_and_again_only_when_its_maker_is_gone(writes: ToolWrites, database: Database) -> None:
    first = await writes.take("j", "a", most=9)
    assert first.standing == "first"
    assert (await writes.take("j", "a", most=9)).standing == "under way"

    before = time.time() - UNDER_WAY_SECONDS - 1
    async with database.write() as connection:
        await connection.execute(sa.update(tool_writes).values(tried_at=before))
    again = await writes.take("j", "a", most=9)
    assert (again.standing, again.begun_at) == ("again", first.begun_at)
    assert (await writes.take("j", "a", most=9)).standing == "under way"

    await writes.note("j", "a", "comment 5 on #1")
    done = await writes.take("j", "a", most=9)
    assert (done.standing, done.written) == ("written", "comment 5 on #1")
    await writes.give_back("j", "a")
    assert (await writes.take("j", "a", most=9)).standing == "written", "what is written stays"


async def test_callers_at_the_same_time_get_one_turn_and_a_job_has_an_end_of_them(writes: ToolWrites) -> None:
    same = await asyncio.gather(*(writes.take("j", "a", most=9) for _ in range(4)))
    others = await asyncio.gather(*(writes.take("j", str(number), most=5) for number in range(8)))

    assert sorted(turn.standing for turn in same) == ["first", *["under way"] * 3]
    assert sorted(turn.standing for turn in others) == [*["first"] * 4, *["too many"] * 4]
    await writes.give_back("j", "a")
    assert (await writes.take("j", "z", most=5)).standing == "first", "what wrote nothing does not count"


async def test_they_go_with_what_else_is_kept_of_their_job(writes: ToolWrites, database: Database) -> None:
    await writes.take("j", "a", most=9)
    assert await writes.forget(ended_before=time.time() + 9) == 0
    await Jobs(database).end("j", "stopped")
    assert await writes.forget(ended_before=time.time() + 9) == 1
