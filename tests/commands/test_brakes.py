"""What is found without anybody asking begins a job only for as long as that can lead somewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from github_app.commands.brakes import OWN_PUSH, why_held
from github_app.domain.rounds import Rounds
from github_app.jobs.services import Services
from state.database import Database
from state.findings import Chore, Findings, Found
from state.jobs import Jobs
from state.sessions import Sessions
from tests.sqlite_file import open_sqlite

REPOSITORY, PULL = 2, 8


class Rows:
    """Jobs that were given findings on a head, and then pushed the next one."""

    def __init__(self, database: Database) -> None:
        self.jobs, self._sessions = Jobs(database), Sessions(database)
        self.services = cast(Services, SimpleNamespace(jobs=self.jobs, findings=Findings(database)))

    async def round(self, head: str, names: str, then: str = "", chore: Chore = "fix-ci") -> None:
        session = await self._sessions.open_session(
            installation_id=1, repository_id=REPOSITORY, repository="a/b", thread=PULL, kind="pull"
        )
        await self.jobs.add(
            f"{chore}-{head}",
            session_id=session.id,
            installation_id=1,
            kind="pull",
            recipe="change/1",
            ask={},
            chore=chore,
            found=found(head, names, chore),
        )
        if then:
            await self.jobs.update(f"{chore}-{head}", pushed_sha=then)
        await self.jobs.end(f"{chore}-{head}", "succeeded")


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[Rows]:
    database = await open_sqlite(tmp_path)
    yield Rows(database)
    await database.close()


def found(head: str, names: str, chore: Chore = "fix-ci") -> Found:
    return Found(REPOSITORY, PULL, head, chore, tuple(names))


async def test_a_push_of_its_own_is_not_reviewed_and_anybody_elses_is(rows: Rows) -> None:
    await rows.round("a", "t", then="b")
    assert await why_held(rows.services, found("b", "head", "review")) == OWN_PUSH
    assert await why_held(rows.services, found("c", "head", "review")) == ""


async def test_rounds_go_on_while_there_is_less_to_settle_and_then_stop(rows: Rows) -> None:
    await rows.round("a", "xyz", then="b")
    assert await why_held(rows.services, found("b", "xy")) == ""
    assert await why_held(rows.services, found("b", "xyz")) == Rounds.NOTHING_SETTLED.value
    await rows.round("b", "xyw", then="c")
    assert await why_held(rows.services, found("c", "vwu")) == Rounds.NOT_FEWER.value
    assert await why_held(rows.services, found("c", "w")) == ""


async def test_whoever_else_pushes_begins_anew(rows: Rows) -> None:
    await rows.round("a", "x", then="b")
    assert await why_held(rows.services, found("b", "x")) == Rounds.NOTHING_SETTLED.value
    assert await why_held(rows.services, found("of a person", "x")) == ""
    await rows.round("of a person", "xy", then="d")
    assert await why_held(rows.services, found("d", "xz")) == "", "what there was before that push does not count"


async def test_a_base_branch_that_moves_on_is_no_loop(rows: Rows) -> None:
    for head, then in zip("abcd", "bcde", strict=True):
        await rows.round(head, "1", then=then, chore="rebase")
    assert await why_held(rows.services, found("e", "1", "rebase")) == ""
