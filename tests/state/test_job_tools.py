"""What a job was given of a tool server stays as it was first, and its calls are counted, whoever counts them."""

from __future__ import annotations

import asyncio

import pytest

from state.database import Database
from state.job_tools import GivenServer, JobTools, Place
from state.jobs import Jobs
from state.sessions import Sessions

TOKEN = "ab" * 32
TOOL = {"name": "look", "description": "Look", "inputSchema": {"type": "object"}}


@pytest.fixture
async def job_tools(database: Database) -> JobTools:
    """Those of the job `j`, which has a token."""
    session = await Sessions(database).open_session(
        installation_id=2**40, repository_id=2**41, repository="a/b", thread=1, kind="issue"
    )
    jobs = Jobs(database)
    await jobs.add("j", session_id=session.id, installation_id=2**40, kind="issue", recipe="change/1", ask={})
    await jobs.update("j", gateway_token_sha256=TOKEN)
    return JobTools(database)


async def test_what_was_given_first_stays(job_tools: JobTools) -> None:
    await job_tools.give("j", "tracker", [TOOL])
    await job_tools.give("j", "tracker", [], "it can't be reached")
    await job_tools.give("j", "dead", [], "it can't be reached")

    tracker = GivenServer("tracker", (TOOL,), "")
    assert await job_tools.of_job("j") == [GivenServer("dead", (), "it can't be reached"), tracker]
    held = await job_tools.held_by(TOKEN, "tracker")
    assert held is not None
    assert (held.open, held.given) == (True, tracker)
    assert held.place == Place("j", held.place.session_id, 2**40, 2**41, "a/b")


async def test_a_token_opens_what_its_job_was_given_until_that_has_ended(job_tools: JobTools, database: Database) -> None:
    await job_tools.give("j", "tracker", [TOOL])

    assert await job_tools.held_by("cd" * 32, "tracker") is None
    other = await job_tools.held_by(TOKEN, "other")
    assert other is not None
    assert other.given is None
    await Jobs(database).end("j", "stopped")
    assert await job_tools.held_by(TOKEN, "tracker") is None


async def test_calls_at_the_same_time_get_different_numbers_up_to_the_most(job_tools: JobTools) -> None:
    await job_tools.give("j", "tracker", [TOOL])

    numbers = await asyncio.gather(*(job_tools.count_call("j", "tracker", most=5) for _ in range(8)))

    assert sorted(number for number in numbers if number is not None) == [1, 2, 3, 4, 5]
    assert await job_tools.count_call("j", "other", most=5) is None


async def test_it_is_forgotten_some_time_after_the_jobs_end(job_tools: JobTools, database: Database) -> None:
    await job_tools.give("j", "tracker", [TOOL])
    assert await job_tools.forget(ended_before=2**40) == 0
    await Jobs(database).end("j", "succeeded")
    assert await job_tools.forget(ended_before=1.0) == 0
    assert await job_tools.forget(ended_before=2**40) == 1
    assert await job_tools.of_job("j") == []
