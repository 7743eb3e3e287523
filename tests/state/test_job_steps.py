"""The steps of a job: entered, finished once, and found again in order."""

from __future__ import annotations

import pytest

from state.database import Database
from state.job_steps import JobSteps
from state.jobs import Jobs
from state.sessions import Sessions


@pytest.fixture
async def steps(database: Database) -> JobSteps:
    """Those of the job `j`."""
    session = await Sessions(database).open_session(
        installation_id=1, repository_id=1, repository="a/b", thread=1, kind="issue"
    )
    await Jobs(database).add("j", session_id=session.id, installation_id=1, kind="issue", recipe="change/1", ask={})
    return JobSteps(database)


async def test_a_step_is_entered_once_and_the_job_is_where_it_was_entered_last(steps: JobSteps, database: Database) -> None:
    first, was_new = await steps.enter("j", "open", 1)
    again, was_new_again = await steps.enter("j", "open", 1)
    _, other_was_new = await steps.enter("j", "open", 2)
    assert (was_new, was_new_again, other_was_new) == (True, False, True)
    assert first == again
    assert (await Jobs(database).get("j")).step == "open"


async def test_what_a_step_found_out_first_stays(steps: JobSteps) -> None:
    await steps.enter("j", "run")
    assert await steps.finish("j", "run", result={"turns": 1}, ending={"happened": "it stopped"})
    assert not await steps.finish("j", "run", result={"turns": 2})
    (row,) = await steps.of_job("j")
    assert (row.result, row.ending) == ({"turns": 1}, {"happened": "it stopped"})


async def test_what_is_no_step_of_a_recipe_is_entered_by_its_end(steps: JobSteps) -> None:
    await steps.enter("j", "open", 1)
    assert await steps.finish("j", "lose_sandbox", 1, result={"why": "it went"})
    assert [(row.step, row.result) for row in await steps.of_job("j")] == [
        ("open", None),
        ("lose_sandbox", {"why": "it went"}),
    ]


async def test_a_job_that_is_not_there_has_no_steps(steps: JobSteps) -> None:
    with pytest.raises(KeyError):
        await steps.enter("nope", "run")
