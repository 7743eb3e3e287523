"""When the agent has ended, its tests are ended until who runs them has seen it; a run of nobody's is over all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from github_app.jobs.agent import ended_tests
from github_app.jobs.agent.ended_tests import end_tests
from state.evidence_ledger import EvidenceLedger
from state.jobs import Jobs
from state.sessions import Sessions
from tests.sqlite_file import open_sqlite


@pytest.fixture
async def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """A job whose agent has ended while Harvest's run 1 is under way."""
    monkeypatch.setattr(ended_tests, "PAUSE_SECONDS", 0.0)
    database = await open_sqlite(tmp_path)
    session = await Sessions(database).open_session(
        installation_id=1, repository_id=2, repository="a/b", thread=1, kind="issue"
    )
    jobs, ledger = Jobs(database), EvidenceLedger(database)
    await jobs.add("j", session_id=session.id, installation_id=1, kind="issue", recipe="change/1", ask={})
    await jobs.update("j", gateway_token_sha256="ab" * 32)
    assert await ledger.begin("j", "make test", whole=True, at=1.0, most=3) == 1
    await jobs.update("j", gateway_token_sha256=None)
    yield SimpleNamespace(services=SimpleNamespace(evidence=ledger), job=SimpleNamespace(id="j"))
    await database.close()


async def test_processes_are_ended_until_the_run_is_seen_to_have_ended_and_not_after_that(context: Any) -> None:
    ledger: EvidenceLedger = context.services.evidence
    ended: list[int] = []

    async def end_all_processes() -> None:
        ended.append(1)
        if len(ended) == 3:
            await ledger.finish("j", 1, at=2.0, exit_code=None)

    await end_tests(context, end_all_processes)
    await end_tests(context, end_all_processes)

    assert len(ended) == 3


async def test_a_run_that_nobody_sees_end_is_over_after_so_many_tries(context: Any) -> None:
    ended: list[int] = []

    async def end_all_processes() -> None:
        ended.append(1)

    await end_tests(context, end_all_processes)

    assert len(ended) == ended_tests.TRIES + 1
    assert not await context.services.evidence.renew("j", 1), "its runner learns that it is over"
