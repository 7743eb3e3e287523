"""Questions as rows: one a job, open when its job ends with it, taken by one answer, and due when nobody gives one."""

from __future__ import annotations

import asyncio

import pytest

from state.database import Database
from state.jobs import Jobs
from state.questions import Questions
from state.sessions import Sessions


async def asked(database: Database, *jobs: str, thread: int = 1) -> tuple[Questions, str]:
    """Jobs of one session that have each asked something; and that session."""
    session = await Sessions(database).open_session(
        installation_id=1, repository_id=2, repository="a/b", thread=thread, kind="issue"
    )
    questions = Questions(database)
    for number, job in enumerate(jobs, 1):
        await Jobs(database).add(job, session_id=session.id, installation_id=1, kind="issue", recipe="change/1", ask={})
        assert await ask(questions, job, session.id, number)
    return questions, session.id


async def ask(questions: Questions, job: str, session: str, number: int = 1) -> bool:
    return await questions.ask(
        job, session_id=session, number=number, question="Which?\x00", options=["a", "b"], default_answer="a"
    )


async def test_a_job_asks_once_and_people_can_answer_from_its_end_on(database: Database) -> None:
    questions, session = await asked(database, "j1")
    assert not await ask(questions, "j1", session, 2), "the first one stays"
    assert await questions.of_job("j2") is None
    assert await questions.to_answer(session, by="x") is None
    assert not await questions.take("j1", by="x"), "its job is still at work"
    assert await questions.withdraw(session) == 0

    until = await questions.open("j1", seconds=100.0)
    assert await questions.open("j1", seconds=900.0) == until
    found = await questions.to_answer(session, by="x")
    assert found is not None
    assert (found.number, found.question, found.options, found.due_at) == (1, "Which?\ufffd", ["a", "b"], until)
    assert await questions.due(9) == []


async def test_of_two_answers_one_counts_and_what_comes_to_nothing_is_given_back(database: Database) -> None:
    questions, session = await asked(database, "j1")
    await questions.open("j1", seconds=100.0)
    taken = await asyncio.gather(*(questions.take("j1", by=by) for by in ("a1", "a2", "a3")))
    assert taken.count(True) == 1
    first = ("a1", "a2", "a3")[taken.index(True)]
    assert await questions.take("j1", by=first), "the same delivery once more"

    await questions.give_back("j1", by="nobody")
    assert not await questions.take("j1", by="later")
    await questions.give_back("j1", by=first)
    assert await questions.take("j1", by="later")
    await questions.close("j1", "answered")
    assert await questions.to_answer(session, by="x") is None
    assert await questions.to_answer(session, by="later") is not None, "for the same delivery once more"
    await questions.give_back("j1", by="later")
    assert not await questions.take("j1", by="x"), "it is over"


@pytest.mark.parametrize("of", ["session", "job", "repository"])
async def test_it_is_withdrawn_from_an_answer_that_came_to_no_job_and_from_no_other(database: Database, of: str) -> None:
    questions, session = await asked(database, "j1", "j2")
    for job in ("j1", "j2"):
        await questions.open(job, seconds=100.0)
    assert await questions.take("j1", by="a1")
    assert await questions.take("j2", by="a2")
    await Jobs(database).add("a2", session_id=session, installation_id=1, kind="issue", recipe="change/1", ask={})
    match of:
        case "session":
            assert await questions.withdraw(session) == 1
        case "job":
            assert [await questions.withdraw_of_job(job) for job in ("j1", "j2")] == [True, False]
        case _:
            assert await questions.withdraw_of_repository(2) == 1
    assert not await questions.take("j1", by="a1"), "the same delivery once more"
    assert await questions.take("j2", by="a2")
    found = [await questions.of_job(job) for job in ("j1", "j2")]
    assert [one and one.why for one in found] == ["withdrawn", None]


async def test_when_nobody_answers_it_is_due_and_a_late_answer_counts(database: Database) -> None:
    questions, _ = await asked(database, "j1")
    await questions.open("j1", seconds=-1.0)
    (late,) = await questions.due(9)
    assert late.job_id == "j1"
    await questions.put_off(late, 60.0)
    assert await questions.due(9) == []
    await questions.close("j1", "unanswered")
    assert await questions.take("j1", by="late")
    await questions.close("j1", "answered")
    found = await questions.of_job("j1")
    assert found is not None
    assert found.why == "answered"


async def test_what_else_is_asked_for_withdraws_it_here_and_nowhere_else(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions, session = await asked(database, "j1", "j2", "j3")
    _, other = await asked(database, "j4", thread=9)
    for job in ("j1", "j2", "j4"):
        await questions.open(job, seconds=100.0)
    await questions.close("j1", "unanswered")
    assert await questions.withdraw(session, but="j3") == 1, "one was waited for, and the other could be answered late"
    assert await questions.to_answer(session, by="x") is None
    assert await questions.to_answer(other, by="x") is not None
    assert await questions.withdraw_of_repository(3) == 0
    assert await questions.withdraw_of_repository(2) == 1

    monkeypatch.setattr("state.questions.FORGET_ROWS", 3)
    assert await questions.forget(asked_before=0.0) == 0
    assert await questions.forget(asked_before=2.0**40) == 4
