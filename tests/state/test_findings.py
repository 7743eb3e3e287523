"""What keeps automatic work from going round: each finding goes to one job, and a chore is under way in a session once."""

from __future__ import annotations

import asyncio

import pytest

from state.bot_asks import ONCE_IN_SECONDS, BotAsks
from state.database import Database
from state.findings import Chore, Findings, Found
from state.jobs import Added, Jobs
from state.sessions import Sessions

REPOSITORY, PULL = 2**40, 8


class Trigger:
    """Finds something, and begins a job for it."""

    def __init__(self, database: Database) -> None:
        self.jobs = Jobs(database)
        self._sessions = Sessions(database)

    async def add(
        self, job_id: str, *names: str, head: str = "a", chore: Chore | None = "fix-ci", thread: int = PULL
    ) -> Added:
        session = await self._sessions.open_session(
            installation_id=5, repository_id=REPOSITORY, repository="a/b", thread=thread, kind="pull"
        )
        found = Found(REPOSITORY, thread, head, chore, names) if names and chore else None
        return await self.jobs.add(
            job_id,
            session_id=session.id,
            installation_id=5,
            kind="pull",
            recipe="change/1",
            ask={},
            chore=chore,
            found=found,
        )


@pytest.fixture
def trigger(database: Database) -> Trigger:
    return Trigger(database)


async def test_a_finding_is_given_to_one_job_of_its_head_and_chore(database: Database, trigger: Trigger) -> None:
    assert await trigger.add("one", "lint", "tests") == "new"
    assert await trigger.add("one", "lint", "tests") == "known"
    await trigger.jobs.end("one", "failed")
    assert await trigger.add("two", "tests") == "found before"
    with pytest.raises(KeyError):
        await trigger.jobs.get("two")
    assert await trigger.add("three", "tests", "types") == "new", "there is something new to settle"
    await trigger.jobs.end("three", "succeeded")
    assert await trigger.add("four", "tests", head="b") == "new", "it was tried on that head and is found on this one"
    assert await trigger.add("five", "tests", head="b", chore="review") == "new"
    findings = Findings(database)
    assert await findings.rounds(REPOSITORY, PULL, "fix-ci") == [
        ("a", frozenset({"lint", "tests", "types"})),
        ("b", frozenset({"tests"})),
    ]
    assert [await findings.tries(REPOSITORY, PULL, head) for head in "abc"] == [2, 2, 0]


async def test_of_a_chore_a_session_has_one_under_way_however_many_ask_at_once(trigger: Trigger) -> None:
    added = await asyncio.gather(*(trigger.add(f"j{number}", chore="rebase") for number in range(5)))
    assert sorted(added) == ["new"] + ["under way"] * 4
    (first,) = [f"j{number}" for number, one in enumerate(added) if one == "new"]
    session = (await trigger.jobs.get(first)).session_id
    under_way = await trigger.jobs.under_way(session, "rebase")
    assert under_way is not None
    assert under_way.id == first
    assert await trigger.add("other session", chore="rebase", thread=99) == "new"
    assert await trigger.add("other chore", chore="resolve") == "new"
    assert await trigger.add("no chore", chore=None) == "new"
    assert await trigger.add("no chore either", chore=None) == "new"


@pytest.mark.parametrize("over", ["asked to stop", "its end is known", "ended"])
async def test_the_next_of_a_chore_waits_for_no_job_whose_end_is_settled(trigger: Trigger, over: str) -> None:
    assert await trigger.add("first", chore="fix-ci") == "new"
    assert await trigger.add("second", chore="fix-ci") == "under way"
    match over:
        case "asked to stop":
            await trigger.jobs.request_stop("first", by="ada", why="command")
        case "its end is known":
            await trigger.jobs.conclude("first", ending={"happened": "it"}, report={})
        case _:
            await trigger.jobs.end("first", "failed")
    assert await trigger.add("second", chore="fix-ci") == "new"


async def test_a_push_is_known_as_a_jobs_own_in_its_repository(trigger: Trigger) -> None:
    await trigger.add("one")
    await trigger.jobs.update("one", pushed_sha="c" * 40)
    assert await trigger.jobs.have_pushed(REPOSITORY, "c" * 40)
    assert not await trigger.jobs.have_pushed(REPOSITORY + 1, "c" * 40)
    assert not await trigger.jobs.have_pushed(REPOSITORY, "d" * 40)


async def test_a_bot_is_listened_to_once_an_hour_in_a_thread(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asks, now = BotAsks(database), [1_000_000.0]
    monkeypatch.setattr("state.bot_asks.time.time", lambda: now[0])
    assert await asks.take(REPOSITORY, 7, "comment/1")
    assert await asks.take(REPOSITORY, 7, "comment/1"), "the same, once more after a crash"
    assert not await asks.take(REPOSITORY, 7, "comment/2")
    assert await asks.take(REPOSITORY, 8, "comment/3"), "another thread"
    now[0] += ONCE_IN_SECONDS - 1
    assert await asks.take(REPOSITORY, 7, "comment/1")
    assert await asks.forget() == 0
    now[0] += 1
    assert await asks.take(REPOSITORY, 7, "comment/2"), "the hour counts from what was taken first"
    assert not await asks.take(REPOSITORY, 7, "comment/1")
    assert await asks.forget() == 1
