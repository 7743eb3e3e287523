"""What a job read first stays, and what is to be told in an issue is told in its order, once."""

from __future__ import annotations

import time

import pytest

from state.database import Database
from state.issue_notes import IssueNote, IssueNotes
from state.job_issues import JobIssue, JobIssues
from state.jobs import Jobs
from state.sessions import Sessions

READ = JobIssue("ENG-2", "linear", "ENG-2", "https://linear.app/a/issue/ENG-2", "Do it. \x00")
DEAD = JobIssue("ENG-1", "linear", problem="it can't be reached")


@pytest.fixture
async def session_id(database: Database) -> str:
    """The session of the job `j`, which works on the pull request 7."""
    sessions = Sessions(database)
    session = await sessions.open_session(installation_id=1, repository_id=2**41, repository="a/b", thread=1, kind="issue")
    await sessions.update(session.id, pull_number=7)
    await Jobs(database).add("j", session_id=session.id, installation_id=1, kind="issue", recipe="change/1", ask={})
    return session.id


async def test_what_was_read_first_stays_until_the_job_is_long_over(database: Database, session_id: str) -> None:
    issues = JobIssues(database)
    await issues.pin("j", [READ, DEAD])
    await issues.pin(
        "j", [JobIssue("ENG-2", "linear", text="Do something else."), JobIssue("ENG-1", "linear", text="Now it is.")]
    )

    read, dead = await issues.of_job("j")
    assert (read.text, dead) == ("Do it. \ufffd", DEAD)
    assert await issues.forget(ended_before=time.time() + 1) == 0
    await Jobs(database).end("j", "stopped")
    assert await issues.forget(ended_before=time.time() + 1) == 2
    assert await issues.of_job("j") == []


async def test_what_is_to_be_told_is_told_in_its_order_and_once(database: Database, session_id: str) -> None:
    notes, other_node = IssueNotes(database), IssueNotes(database)

    def note(moment: str, pull: int = 0, issue: str = "ENG-2") -> IssueNote:
        return IssueNote(session_id, "linear", issue, moment, pull, issue, "ada", time.time(), 0)

    async def due() -> list[tuple[str, str]]:
        return [(one.issue, one.moment) for one in await other_node.due(10)]

    await notes.owe([note("start"), note("start", issue="ENG-3")])
    await notes.owe([note("start"), note("opened", 7)])
    await notes.owe([note("merged", 7)], after=600)
    assert sorted(await due()) == [("ENG-2", "start"), ("ENG-3", "start")]

    first, _ = sorted(await notes.due(10), key=lambda one: one.issue)
    await notes.put_off(first, 60)
    assert await due() == [("ENG-3", "start")]
    assert await notes.still_due(first) is None
    for one in (first, note("start", issue="ENG-3")):
        await notes.settle(one, "told")
    assert await due() == [("ENG-2", "opened")]
    await notes.settle(note("opened", 7), "told")
    await notes.owe([note("opened", 7)])
    assert await due() == []

    await notes.stir(2**41, 8)
    assert await due() == []
    await other_node.stir(2**41, 7)
    assert await due() == [("ENG-2", "merged")]
    assert await notes.forget(made_before=time.time() + 1) == 4
