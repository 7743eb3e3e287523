"""Children as rows: a few of each job however many ask at once, the same once more is no second one, and due till told."""

from __future__ import annotations

import asyncio

import pytest

from state.children import MOST_OF_A_JOB, Children
from state.database import Database
from state.jobs import Jobs
from state.sessions import Sessions


async def children_of(database: Database, *jobs: str) -> tuple[Children, str]:
    """Jobs of one session; and that session."""
    session = await Sessions(database).open_session(
        installation_id=1, repository_id=2, repository="a/b", thread=1, kind="issue"
    )
    for job in jobs:
        await Jobs(database).add(job, session_id=session.id, installation_id=1, kind="issue", recipe="change/1", ask={})
    return Children(database), session.id


async def test_a_job_has_no_more_than_it_may_however_many_ask_at_once(database: Database) -> None:
    children, session_id = await children_of(database, "j1", "j2")
    asked = await asyncio.gather(*(children.ask("j1", "a/api", f"Task {number}") for number in range(8)))
    numbers = sorted(child.number for child in asked if child is not None)
    assert numbers == list(range(1, MOST_OF_A_JOB + 1))
    first = next(child for child in asked if child is not None)
    again = await children.ask("j1", "A/api", first.task)
    assert again is not None
    assert again.number == first.number, "the same once more"
    other = await children.ask("j2", "a/api", first.task)
    assert other is not None
    assert other.id == "j2/1"
    assert [child.id for child in await children.of_job("j2")] == ["j2/1"]
    assert len(await children.of_session(session_id)) == MOST_OF_A_JOB + 1


async def test_it_is_due_until_its_end_is_told(database: Database) -> None:
    children, _ = await children_of(database, "j1")
    child = await children.ask("j1", "a/api", "Task")
    assert child is not None
    assert [one.id for one in await children.due(9)] == ["j1/1"]
    await children.note_issue(child, 7, 12)
    await children.note_started(child, "c1")
    assert await children.due(9) == []
    child = await children.decided(child, seconds=30.0)
    assert (child.repository_id, child.issue, child.job_id) == (7, 12, "c1")
    await children.refuse(child, "too late")
    await children.stir("another")
    assert await children.due(9) == []
    await children.stir("c1")
    (child,) = await children.due(9)
    assert child.refusal is None
    await children.put_off(child, 60.0)
    assert await children.due(9) == []
    assert await children.ask_to_stop("j1", "ada") == ["c1"]
    assert [(one.stop_by, one.failures) for one in await children.due(9)] == [("ada", 1)]
    await children.looked(child)
    assert [one.stop_by for one in await children.due(9)] == ["ada"], "who looked knew nothing of that yet"
    await children.told(child)
    await children.stir("c1")
    assert await children.due(9) == []
    assert await children.ask_to_stop("j1", "bob") == ["c1"], "it may have a question that somebody could answer"
    assert await children.forget(over_before=0.0) == 0
    assert await children.forget(over_before=2.0**40) == 1


async def test_what_is_asked_for_after_a_stop_is_to_stop_as_well(database: Database) -> None:
    children, _ = await children_of(database, "j1", "j2")
    await Jobs(database).request_stop("j1", by="ada", why="command")
    assert await children.ask_to_stop("j1", "ada") == []
    asked = [await children.ask(job, "a/api", "Task") for job in ("j1", "j2")]
    assert [child and child.stop_by for child in asked] == ["ada", None]


async def test_those_that_are_over_are_dropped_by_and_by(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("state.children.FORGET_ROWS", 2)
    children, _ = await children_of(database, "j1", "j2")
    for job in ("j1", "j2"):
        for number in range(MOST_OF_A_JOB):
            child = await children.ask(job, "a/api", f"Task {number}")
            assert child is not None
            if child.id != "j1/2":
                await children.told(child)
    assert await children.forget(over_before=2.0**40) == 2 * MOST_OF_A_JOB - 1
    assert [child.id for job in ("j1", "j2") for child in await children.of_job(job)] == ["j1/2"]


async def test_what_was_refused_is_over(database: Database) -> None:
    children, _ = await children_of(database, "j1")
    child = await children.ask("j1", "a/api", "Task")
    assert child is not None
    await children.refuse(child, "It may not.")
    child = await children.decided(child, seconds=30.0)
    assert (child.refusal, await children.due(9)) == ("It may not.", [])
