"""What is old goes, in its time and not before; what a job at work needs stays, and so does what things took."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from github_app.jobs.services import Services
from github_app.maintenance import retention
from github_app.maintenance.retention import forget_logs, forget_snapshots, forget_steps
from github_app.service.schedule import SCHEDULE
from sandbox.protocol import SandboxSpec, SnapshotGone
from state import job_steps, session_log
from state.session_log import NewEntry
from state.sessions import Session
from state.usage import Amount
from tests.github_app.test_reconcile import github, harvest

__all__ = ["github", "harvest"]  # fixtures

DAY = 86_400.0


async def begin_session(harvest: Services, thread: int) -> Session:
    return await harvest.sessions.open_session(
        installation_id=1, repository_id=2, repository="a/b", thread=thread, kind="issue"
    )


async def add_job(harvest: Services, job_id: str, session: Session) -> None:
    await harvest.jobs.add(
        job_id, session_id=session.id, installation_id=1, kind="issue", recipe="change/1", ask={"thread": session.thread}
    )


async def end_job(harvest: Services, job_id: str, *, days_ago: float) -> None:
    """Its row says that it has ended, and the engine is done with it."""
    ended = time.time() - days_ago * DAY
    await harvest.jobs.end(job_id, "succeeded")
    await change(harvest, "UPDATE jobs SET ended_at = :at WHERE id = :id", at=ended, id=job_id)
    await change(harvest, "UPDATE job_steps SET started_at = :at WHERE job_id = :id", at=ended, id=job_id)
    await change(harvest, "DELETE FROM job_queue WHERE job_id = :id", id=job_id)


async def change(harvest: Services, statement: str, **values: object) -> None:
    async with harvest.database.write() as connection:
        await connection.execute(sa.text(statement), values)


async def snapshot_of(harvest: Services, session: Session, *, days_ago: float) -> str:
    """The session's snapshot, last used so long ago."""
    sandbox = await harvest.backend.create(SandboxSpec(name=f"job-{session.id}", session=session.id))
    snapshot = await sandbox.snapshot()
    await sandbox.terminate()
    await harvest.sessions.update(session.id, snapshot_id=snapshot)
    at = time.time() - days_ago * DAY
    await change(harvest, "UPDATE sessions SET updated_at = :at WHERE id = :id", at=at, id=session.id)
    return snapshot


async def can_be_started_from(harvest: Services, snapshot: str) -> bool:
    try:
        sandbox = await harvest.backend.create(SandboxSpec(name="again", session="again", snapshot_id=snapshot))
    except SnapshotGone:
        return False
    await sandbox.terminate()
    return True


async def test_the_snapshot_of_a_session_that_nobody_uses_is_deleted_and_no_other(harvest: Services) -> None:
    unused, used, at_work = [await begin_session(harvest, thread) for thread in (1, 2, 3)]
    await add_job(harvest, "j1", at_work)
    old, recent, needed = [
        await snapshot_of(harvest, session, days_ago=days) for session, days in ((unused, 31), (used, 29), (at_work, 31))
    ]

    assert await forget_snapshots(harvest) == 1
    assert await forget_snapshots(harvest) == 0

    assert [await can_be_started_from(harvest, each) for each in (old, recent, needed)] == [False, True, True]
    # Its id stays: the next job tries it, and says that it is gone.
    assert (await harvest.sessions.get(unused.id)).snapshot_id == old
    again = await snapshot_of(harvest, unused, days_ago=31)
    assert await forget_snapshots(harvest) == 1
    assert not await can_be_started_from(harvest, again)


async def test_saved_commits_go_when_their_session_is_not_at_work(harvest: Services) -> None:
    idle, recent, at_work = [await begin_session(harvest, thread) for thread in (1, 2, 3)]
    await add_job(harvest, "j1", at_work)
    saved = harvest.settings.state_dir / "artifacts" / "saved"
    for session, days in ((idle, 31), (recent, 29), (at_work, 31)):
        place(saved / f"{session.id}.bundle", days_ago=days)

    assert await forget_snapshots(harvest) == 1

    assert {path.stem for path in saved.iterdir()} == {recent.id, at_work.id}


def place(path: Path, *, days_ago: float, folder: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir() if folder else path.touch()
    at = time.time() - days_ago * DAY
    os.utime(path, (at, at))


async def test_the_steps_of_jobs_that_have_long_ended_go_and_what_they_took_stays(
    harvest: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_steps, "FORGET_ROWS", 2)
    session = await begin_session(harvest, 1)
    for job_id, days in (("old", 15), ("older", 16), ("recent", 13)):
        await add_job(harvest, job_id, session)
        for step in ("acknowledge", "run_agent", "report"):
            await harvest.job_steps.enter(job_id, step)
        await end_job(harvest, job_id, days_ago=days)
        place(harvest.job_folder(job_id), days_ago=days, folder=True)
        place(harvest.settings.state_dir / "artifacts" / "collected" / f"{job_id}.bundle", days_ago=days)
    await add_job(harvest, "at-work", session)
    await harvest.job_steps.enter("at-work", "acknowledge")
    await change(harvest, "UPDATE job_steps SET started_at = 1 WHERE job_id = 'at-work'")
    place(harvest.job_folder("at-work"), days_ago=15, folder=True)
    await harvest.usage.add("old", "sonnet", Amount(requests=1, input_tokens=5))

    assert await forget_steps(harvest) == 4

    assert [each.key for each in await harvest.artifacts.list()] == ["collected/recent.bundle"]
    left = {job_id: len(await harvest.job_steps.of_job(job_id)) for job_id in ("old", "older", "recent", "at-work")}
    assert left == {"old": 0, "older": 0, "recent": 3, "at-work": 1}
    assert {path.name for path in harvest.job_folder("x").parent.iterdir()} == {"recent", "at-work"}
    assert (await harvest.usage.of_job("old")).input_tokens == 5
    assert (await harvest.jobs.get("old")).outcome == "succeeded"


async def test_old_entries_of_a_log_go_with_the_space_that_they_took_and_numbers_go_on(
    harvest: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_log, "FORGET_ROWS", 30)
    session = await begin_session(harvest, 1)
    await add_job(harvest, "old", session)
    await harvest.logs.append(
        session.id, "old", [NewEntry.of_the_agent(number, {"text": "x" * 10_000}) for number in range(100)]
    )
    file = harvest.settings.state_dir / "sessions" / f"{session.id}.db"
    await end_job(harvest, "old", days_ago=98)
    await age_log(harvest, session, days_ago=98)
    await add_job(harvest, "new", session)
    await harvest.logs.append(session.id, "new", [NewEntry("queued", "queued", {})])
    before = total_size(file)

    assert await forget_logs(harvest) == 1
    assert await forget_logs(harvest) == 0

    assert [(entry.number, entry.job_id) for entry in await harvest.logs.read(session.id)] == [(101, "new")]
    assert await harvest.logs.append(session.id, "new", [NewEntry("started", "started", {})]) == [102]
    assert file.stat().st_size < before / 4


async def test_a_log_that_is_empty_is_looked_at_no_more_until_the_next_job(harvest: Services) -> None:
    session = await begin_session(harvest, 1)
    await add_job(harvest, "old", session)
    await harvest.logs.append(session.id, "old", [NewEntry("queued", "queued", {})])
    await end_job(harvest, "old", days_ago=98)
    await age_log(harvest, session, days_ago=98)

    assert await forget_logs(harvest) == 1
    assert (await harvest.sessions.get(session.id)).log_since is None
    await add_job(harvest, "new", session)
    assert (await harvest.sessions.get(session.id)).log_since is not None


async def age_log(harvest: Services, session: Session, *, days_ago: float) -> None:
    at = time.time() - days_ago * DAY
    await change(harvest, "UPDATE sessions SET log_since = :at WHERE id = :id", at=at, id=session.id)
    async with harvest.logs._files.of(session.id) as database, database.write() as connection:
        await connection.execute(sa.update(session_log.session_log).values(at=at))


def total_size(file: Path) -> int:
    return sum(each.stat().st_size for each in file.parent.glob(f"{file.name}*"))


def test_everything_that_is_kept_for_a_time_only_is_looked_at_on_the_schedule() -> None:
    looks = {scheduled.look for scheduled in SCHEDULE}
    forgetting = {value for name, value in vars(retention).items() if name.startswith("forget_")}
    assert len(forgetting) == 4
    assert forgetting <= looks
