"""Which jobs are offered to ask people and to start work elsewhere, and what an agent is told that asks too much."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from github_app.domain.ask import Ask, By, Spawned
from github_app.domain.question import MOST_IN_A_ROW
from github_app.gateway.tools.arguments import Unclear
from github_app.jobs.context import JobContext
from github_app.jobs.own_tools import ask_maintainer, spawn
from github_app.jobs.own_tools.tool import Call
from github_app.settings.repository import RepositorySettings, SpawnSettings
from state.jobs import Jobs
from state.questions import Questions
from state.sessions import Sessions
from tests.asks import an_ask
from tests.sqlite_file import open_sqlite

ELSEWHERE = RepositorySettings(spawn=SpawnSettings(into=("acme/api",)))
CHILD = msgspec.structs.replace(an_ask(), spawned=Spawned("p", 1, "acme/web", 7, 5.0, "HARVEST_BUDGET_USD"))


def a_job(recipe: str, ask: Ask, settings: RepositorySettings = ELSEWHERE, job_id: str = "j1", **more: Any) -> JobContext:
    """As much of a job as the tools look at."""
    job = SimpleNamespace(id=job_id, recipe=recipe, stop_requested=False)
    return cast(JobContext, SimpleNamespace(job=job, ask=ask, repository_settings=settings, **more))


@pytest.mark.parametrize(
    ("recipe", "ask", "may_ask", "may_spawn"),
    [
        ("change/1", an_ask(), True, True),
        ("change/1", an_ask(by=By.LABEL), True, True),
        ("change/1", an_ask(by=By.WATCH), False, False),
        ("change/1", CHILD, True, False),
        ("plan/1", an_ask(verb="plan"), True, False),
        ("plan/1", an_ask(verb="auto"), False, False),
        ("auto/1", an_ask(verb="auto"), False, False),
        ("answer/1", an_ask(verb="ask"), False, False),
        ("review/1", an_ask(verb="review"), False, False),
        ("rebase/2", an_ask(verb="rebase"), False, False),
    ],
)
def test_who_is_offered_to_ask_people_and_to_start_work_elsewhere(
    recipe: str, ask: Ask, may_ask: bool, may_spawn: bool
) -> None:
    context = a_job(recipe, ask)
    assert (ask_maintainer.TOOL.offered(context), spawn.TOOL.offered(context)) == (may_ask, may_spawn)
    assert not spawn.TOOL.offered(a_job(recipe, ask, RepositorySettings())), "its repository names no other"


class CallOf(Call):
    """A call that knows its job."""

    job: JobContext

    async def context(self) -> JobContext:
        return self.job


async def told(context: JobContext, **arguments: Any) -> str:
    call = CallOf(cast(Any, None), cast(Any, None), arguments)
    object.__setattr__(call, "job", context)
    try:
        return await ask_maintainer.ask_maintainer(call)
    except Unclear as problem:
        return str(problem)


async def test_an_agent_asks_once_a_job_and_a_few_times_in_a_row(tmp_path: Path) -> None:
    database = await open_sqlite(tmp_path)
    session = await Sessions(database).open_session(
        installation_id=1, repository_id=2, repository="a/b", thread=1, kind="issue"
    )
    rest: dict[str, Any] = {"session": session, "services": SimpleNamespace(questions=Questions(database))}
    before, answers = "", []
    for number in range(MOST_IN_A_ROW + 1):
        job_id = f"j{number}"
        await Jobs(database).add(job_id, session_id=session.id, installation_id=1, kind="issue", recipe="change/1", ask={})
        context = a_job("change/1", msgspec.structs.replace(an_ask(), resumes=before), job_id=job_id, **rest)
        answers.append(await told(context, question="Which?", options=["a\nb"]))
        before = job_id
    again = await told(context, question="Which?", options=["a"] * 7)
    twice = await told(a_job("change/1", an_ask(), job_id="j0", **rest), question="And?")
    asked = await Questions(database).of_job("j2")
    await database.close()

    assert ["It is put to people when your turn ends." in answer for answer in answers] == [True, True, True, False]
    assert "you have asked 3 questions about this request" in answers[-1]
    assert "options: a list of at most 6 texts" in again
    assert "you have asked already" in twice
    assert asked is not None
    assert (asked.number, asked.options) == (3, ["a b"])
