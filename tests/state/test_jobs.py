"""Jobs: every change can be repeated, the first stop and the first end stand, and queues are counted by session."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from state.database import Database
from state.jobs import Job, Jobs, Outcome, RepositoryAtWork, job_id_of, jobs_on_commit
from state.sessions import Sessions
from tests.sqlite_file import open_sqlite


@pytest.fixture
def jobs(database: Database) -> Jobs:
    return Jobs(database)


class Work:
    """Adds jobs to sessions by their threads' numbers."""

    def __init__(self, database: Database) -> None:
        self._sessions, self._jobs = Sessions(database), Jobs(database)

    async def add(self, name: str, *, thread: int = 1, repository_id: int = 1, ask: dict[str, Any] | None = None) -> Job:
        session = await self._sessions.open_session(
            installation_id=5, repository_id=repository_id, repository="a/b", thread=thread, kind="issue"
        )
        await self._jobs.add(
            name,
            session_id=session.id,
            installation_id=5,
            kind="issue",
            recipe="change/1",
            ask={} if ask is None else ask,
        )
        return await self._jobs.get(name)


@pytest.fixture
def work(database: Database) -> Work:
    return Work(database)


def test_a_request_has_one_job_id_for_ever_and_it_fits_a_branch_name() -> None:
    assert job_id_of("label:1:7:harvest:99") == "wdlsiezbgb6lxixy"
    assert re.fullmatch("[a-z2-7]{16}", job_id_of("\ud800 / .. ~"))
    assert len({job_id_of(str(number)) for number in range(1000)}) == 1000


async def test_a_job_is_new_once_however_many_add_it_at_once(jobs: Jobs, work: Work) -> None:
    first = await work.add("first")
    added = await asyncio.gather(
        *(
            jobs.add("j", session_id=first.session_id, installation_id=5, kind="issue", recipe="change/1", ask={"try": 0})
            for _ in range(5)
        )
    )
    assert sorted(added) == ["known"] * 4 + ["new"]


async def test_an_ask_comes_back_as_it_was_at_the_trigger(work: Work) -> None:
    ask = {"prompt": "fix \x00 \ud800 ✂", "sender": {"id": 2**40, "login": "a"}, "n": [1, None, True]}
    assert (await work.add("j", ask=ask)).ask == ask


async def test_a_job_goes_from_queued_to_running_to_ended_and_not_back(jobs: Jobs, work: Work) -> None:
    assert (await work.add("j")).state == "queued"
    await jobs.start("j")
    started = await jobs.get("j")
    assert started.state == "running"
    await jobs.start("j")
    assert await jobs.get("j") == started
    await jobs.conclude("j", ending={"happened": "all of it"}, report={"turns": 12})
    await jobs.conclude("j", ending={"happened": "late"}, report={})
    assert await jobs.end("j", "succeeded")
    assert not await jobs.end("j", "failed")
    await jobs.start("j")
    ended = await jobs.get("j")
    assert (ended.state, ended.outcome) == ("ended", "succeeded")
    assert (ended.ending, ended.report) == ({"happened": "all of it"}, {"turns": 12})
    assert ended.ended_at is not None


async def test_an_outcome_that_is_none_is_refused(jobs: Jobs, work: Work) -> None:
    await work.add("j")
    with pytest.raises(ValueError, match="'great' is no outcome"):
        await jobs.end("j", cast(Outcome, "great"))
    assert (await jobs.get("j")).state == "queued"


async def test_an_update_changes_what_it_names_and_nothing_else(jobs: Jobs, work: Work) -> None:
    await work.add("j")
    await jobs.update("j", head_sha="b" * 40, deadline=2.5, models=["claude-*"])
    await jobs.update("j", deadline=3.5)
    job = await jobs.get("j")
    assert (job.head_sha, job.deadline, job.models) == ("b" * 40, 3.5, ["claude-*"])
    assert (job.gateway_token_sha256, job.state) == (None, "queued")


async def test_the_first_request_to_stop_stands(jobs: Jobs, work: Work) -> None:
    assert not (await work.add("j")).stop_requested
    assert await jobs.request_stop("j", by="ada", why="unlabelled")
    assert not await jobs.request_stop("j", by="bob", why="closed")
    job = await jobs.get("j")
    assert job.stop_requested
    assert (job.stop_by, job.stop_why) == ("ada", "unlabelled")


async def test_an_ended_job_is_not_stopped(jobs: Jobs, work: Work) -> None:
    await work.add("j")
    await jobs.end("j", "succeeded")
    assert not await jobs.request_stop("j", by="ada", why="closed")
    assert not (await jobs.get("j")).stop_requested


async def test_a_repository_is_at_work_while_a_job_of_it_is_recent_or_unfinished(
    jobs: Jobs, work: Work, database: Database
) -> None:
    first = await work.add("first")
    await work.add("elsewhere", repository_id=2)
    await work.add("second", thread=2)
    began_at = (await Sessions(database).get(first.session_id)).created_at
    found = await jobs.repositories_at_work(since=0, limit=5)
    assert [one.repository_id for one in found] == [1, 2], "the one with the latest job first"
    assert found[0] == RepositoryAtWork(5, 1, "a/b", began_at)
    assert [one.repository_id for one in await jobs.repositories_at_work(since=0, limit=1)] == [1]
    await jobs.end("elsewhere", "succeeded")
    assert [one.repository_id for one in await jobs.repositories_at_work(since=time.time() + 60, limit=5)] == [1]


async def test_the_queues_position_counts_the_sessions_unfinished_jobs_ahead(jobs: Jobs, work: Work) -> None:
    for name, thread in (("one", 1), ("elsewhere", 2), ("two", 1), ("three", 1)):
        await work.add(name, thread=thread)
    assert [await jobs.position_in_queue(name) for name in ("one", "two", "three", "elsewhere")] == [0, 1, 2, 0]
    await jobs.end("one", "stopped")
    assert [await jobs.position_in_queue(name) for name in ("two", "three")] == [0, 1]


async def test_jobs_are_listed_by_session_by_page_and_by_what_is_unfinished(jobs: Jobs, work: Work) -> None:
    for name, thread in (("one", 1), ("two", 2), ("three", 1), ("four", 1)):
        await work.add(name, thread=thread)
    await jobs.end("one", "succeeded")
    session = (await jobs.get("one")).session_id

    def names(found: list[Job]) -> list[str]:
        return [job.id for job in found]

    assert names(await jobs.of_session(session)) == ["one", "three", "four"]
    assert names(await jobs.live_of_session(session)) == ["three", "four"]
    assert names(await jobs.unfinished()) == ["two", "three", "four"]
    newest = await jobs.page(rows=2)
    assert names(newest) == ["four", "three"]
    assert names(await jobs.page(before=newest[-1].number, rows=2)) == ["two", "one"]


async def test_an_unknown_job_is_an_error(jobs: Jobs) -> None:
    for call in (jobs.get("nope"), jobs.update("nope", head_sha="b")):
        with pytest.raises(KeyError, match="no job nope"):
            await call
    assert not await jobs.request_stop("nope", by="ada", why="closed")


async def test_the_latest_job_on_a_commit_is_found_without_reading_the_others(tmp_path: Path) -> None:
    database = await open_sqlite(tmp_path)
    compiled = jobs_on_commit(1, "c" * 40).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    async with database.read() as connection:
        rows = (await connection.execute(sa.text(f"EXPLAIN QUERY PLAN {compiled}"))).all()
    plan = [str(row[-1]) for row in rows]
    await database.close()
    assert any(step.startswith("SEARCH jobs USING INDEX jobs_by_commit") for step in plan), plan
    assert not [step for step in plan if "TEMP B-TREE" in step], plan
