"""What is old goes, in its time and not before; what a job at work needs stays, and so does what things took."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from github_app.jobs.services import Services
from github_app.maintenance import retention
from github_app.maintenance.retention import forget_leases, forget_logs, forget_snapshots, forget_steps
from github_app.service.schedule import SCHEDULE
from sandbox.protocol import SandboxSpec, SnapshotGone
from state import forgetting, session_log
from state.session_log import NewEntry
from state.sessions import Session
from state.usage import Amount

DAY = 86_400.0


@pytest.fixture(autouse=True)
def _no_job_is_begun(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """These jobs are rows and no more: the engine gives them no turn, however long a test takes."""

    async def may_not() -> bool:
        return False

    monkeypatch.setattr(services.engine._turns, "_may_take_turns", may_not)


async def begin_session(services: Services, thread: int) -> Session:
    return await services.sessions.open_session(
        installation_id=1, repository_id=2, repository="a/b", thread=thread, kind="issue"
    )


async def add_job(services: Services, job_id: str, session: Session) -> None:
    await services.jobs.add(
        job_id, session_id=session.id, installation_id=1, kind="issue", recipe="change/1", ask={"thread": session.thread}
    )


async def end_job(services: Services, job_id: str, *, days_ago: float) -> None:
    """Its row says that it has ended, and the engine is done with it."""
    ended = time.time() - days_ago * DAY
    await services.jobs.end(job_id, "succeeded")
    await change(services, "UPDATE jobs SET ended_at = :at WHERE id = :id", at=ended, id=job_id)
    await change(services, "UPDATE job_steps SET started_at = :at WHERE job_id = :id", at=ended, id=job_id)
    await change(services, "DELETE FROM job_queue WHERE job_id = :id", id=job_id)


async def change(services: Services, statement: str, **values: object) -> None:
    async with services.database.write() as connection:
        await connection.execute(sa.text(statement), values)


async def snapshot_of(services: Services, session: Session, *, days_ago: float) -> str:
    """The session's snapshot, last used so long ago."""
    sandbox = await services.backend.create(SandboxSpec(name=f"job-{session.id}", session=session.id))
    snapshot = await sandbox.snapshot()
    await sandbox.terminate()
    await services.sessions.update(session.id, snapshot_id=snapshot)
    at = time.time() - days_ago * DAY
    await change(services, "UPDATE sessions SET updated_at = :at WHERE id = :id", at=at, id=session.id)
    return snapshot


async def can_be_started_from(services: Services, snapshot: str) -> bool:
    try:
        sandbox = await services.backend.create(SandboxSpec(name="again", session="again", snapshot_id=snapshot))
    except SnapshotGone:
        return False
    await sandbox.terminate()
    return True


async def test_the_snapshot_of_a_session_that_nobody_uses_is_deleted_and_no_other(services: Services) -> None:
    unused, used, at_work = [await begin_session(services, thread) for thread in (1, 2, 3)]
    await add_job(services, "j1", at_work)
    old, recent, needed = [
        await snapshot_of(services, session, days_ago=days) for session, days in ((unused, 31), (used, 29), (at_work, 31))
    ]

    assert await forget_snapshots(services) == 1
    assert await forget_snapshots(services) == 0

    assert [await can_be_started_from(services, each) for each in (old, recent, needed)] == [False, True, True]
    # Its id stays: the next job tries it, and says that it is gone.
    assert (await services.sessions.get(unused.id)).snapshot_id == old
    again = await snapshot_of(services, unused, days_ago=31)
    assert await forget_snapshots(services) == 1
    assert not await can_be_started_from(services, again)


async def test_the_snapshot_of_a_closed_session_goes_a_week_later_unless_it_is_opened_again(services: Services) -> None:
    closed, lately, reopened, at_work = [await begin_session(services, thread) for thread in (1, 2, 3, 4)]
    await add_job(services, "j1", at_work)
    now = time.time()
    snapshots = []
    for session, days in ((closed, 8), (lately, 6), (reopened, 8), (at_work, 8)):
        snapshots.append(await snapshot_of(services, session, days_ago=0))
        await services.sessions.note_closed(session.id, now - days * DAY)
    await services.sessions.note_open(reopened.id, since=now)
    await services.sessions.note_open(closed.id, since=now - 9 * DAY)  # told of late: it was closed after that

    assert await forget_snapshots(services) == 1

    assert [await can_be_started_from(services, each) for each in snapshots] == [False, True, True, True]


async def test_a_snapshot_that_a_crash_kept_from_becoming_its_sessions_goes_as_well(services: Services) -> None:
    session, at_work = [await begin_session(services, thread) for thread in (1, 2)]
    await add_job(services, "j1", at_work)
    of_nobody, begun_from, its_own = [await snapshot_of(services, session, days_ago=0) for _ in range(3)]
    await services.job_steps.enter("j1", "open_sandbox", 1)
    await services.job_steps.finish("j1", "open_sandbox", 1, result={"snapshot": begun_from})
    assert await forget_snapshots(services) == 0, "while they are young"
    for manifest in services.settings.state_dir.rglob("snapshot.json"):
        os.utime(manifest, (time.time() - 31 * DAY,) * 2)

    assert await forget_snapshots(services) == 1
    assert await forget_snapshots(services) == 0

    left = [await can_be_started_from(services, each) for each in (of_nobody, begun_from, its_own)]
    assert left == [False, True, True]


async def test_a_lease_that_its_holder_died_with_goes_and_one_that_is_held_stays(services: Services) -> None:
    await services.leases.take("report/of-a-dead-node", 1.0)
    await change(services, "UPDATE leases SET held_until = held_until - :day", day=DAY + 1)
    await services.leases.take("report/of-this-one", 60.0)
    assert await forget_leases(services) == 1
    assert await services.leases.free_in("report/of-this-one") > 0


async def test_refused_work_that_was_kept_for_people_goes_in_its_time(services: Services) -> None:
    kept = services.settings.state_dir / "artifacts" / "kept"
    for job_id, days in (("old", 31), ("young", 29)):
        place(kept / f"{job_id}.bundle", days_ago=days)

    assert await forget_snapshots(services) == 1

    assert [path.stem for path in kept.iterdir()] == ["young"]


async def test_saved_commits_go_when_their_session_is_not_at_work(services: Services) -> None:
    idle, recent, at_work = [await begin_session(services, thread) for thread in (1, 2, 3)]
    await add_job(services, "j1", at_work)
    saved = services.settings.state_dir / "artifacts" / "saved"
    for session, days in ((idle, 31), (recent, 29), (at_work, 31)):
        place(saved / f"{session.id}.bundle", days_ago=days)

    assert await forget_snapshots(services) == 1

    assert {path.stem for path in saved.iterdir()} == {recent.id, at_work.id}


def place(path: Path, *, days_ago: float, folder: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir() if folder else path.touch()
    at = time.time() - days_ago * DAY
    os.utime(path, (at, at))


async def test_the_steps_of_jobs_that_have_long_ended_go_and_what_they_took_stays(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "FORGET_ROWS", 2)
    session = await begin_session(services, 1)
    for job_id, days in (("old", 15), ("older", 16), ("recent", 13)):
        await add_job(services, job_id, session)
        for step in ("acknowledge", "run_agent", "report"):
            await services.job_steps.enter(job_id, step)
        await end_job(services, job_id, days_ago=days)
        place(services.job_folder(job_id), days_ago=days, folder=True)
        place(services.settings.state_dir / "artifacts" / "collected" / f"{job_id}.bundle", days_ago=days)
        place(services.settings.state_dir / "artifacts" / "tests" / f"{job_id}.1.log", days_ago=days)
        await services.evidence.saw(job_id, 1, "make test", at=time.time() - days * DAY, exit_code=0, code_of="test")
    await add_job(services, "at-work", session)
    await services.job_steps.enter("at-work", "acknowledge")
    await change(services, "UPDATE job_steps SET started_at = 1 WHERE job_id = 'at-work'")
    place(services.job_folder("at-work"), days_ago=15, folder=True)
    await services.usage.add("old", "sonnet", Amount(requests=1, input_tokens=5))

    assert await forget_steps(services) == 6

    kept = {each.key for each in await services.artifacts.list()}
    assert kept == {"collected/recent.bundle", "tests/recent.1.log"}
    assert [len(await services.evidence.of_job(job_id)) for job_id in ("old", "older", "recent")] == [0, 0, 1]
    left = {job_id: len(await services.job_steps.of_job(job_id)) for job_id in ("old", "older", "recent", "at-work")}
    assert left == {"old": 0, "older": 0, "recent": 3, "at-work": 1}
    assert {path.name for path in services.job_folder("x").parent.iterdir()} == {"recent", "at-work"}
    assert (await services.usage.of_job("old")).input_tokens == 5
    assert (await services.jobs.get("old")).outcome == "succeeded"


async def test_old_entries_of_a_log_go_with_the_space_that_they_took_and_numbers_go_on(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_log, "FORGET_ROWS", 30)
    session = await begin_session(services, 1)
    await add_job(services, "old", session)
    await services.logs.append(
        session.id, "old", [NewEntry.of_the_agent(number, {"text": "x" * 10_000}) for number in range(100)]
    )
    file = services.settings.state_dir / "sessions" / f"{session.id}.db"
    await end_job(services, "old", days_ago=98)
    await age_log(services, session, days_ago=98)
    await add_job(services, "new", session)
    await services.logs.append(session.id, "new", [NewEntry("queued", "queued", {})])
    before = total_size(file)

    assert await forget_logs(services) == 1
    assert await forget_logs(services) == 0

    assert [(entry.number, entry.job_id) for entry in await services.logs.read(session.id)] == [(101, "new")]
    assert await services.logs.append(session.id, "new", [NewEntry("started", "started", {})]) == [102]
    assert file.stat().st_size < before / 4


async def test_a_log_that_is_empty_is_looked_at_no_more_until_the_next_job(services: Services) -> None:
    session = await begin_session(services, 1)
    await add_job(services, "old", session)
    await services.logs.append(session.id, "old", [NewEntry("queued", "queued", {})])
    await end_job(services, "old", days_ago=98)
    await age_log(services, session, days_ago=98)

    assert await forget_logs(services) == 1
    assert (await services.sessions.get(session.id)).log_since is None
    await add_job(services, "new", session)
    assert (await services.sessions.get(session.id)).log_since is not None


async def age_log(services: Services, session: Session, *, days_ago: float) -> None:
    at = time.time() - days_ago * DAY
    await change(services, "UPDATE sessions SET log_since = :at WHERE id = :id", at=at, id=session.id)
    async with services.logs._files.of(session.id) as database, database.write() as connection:
        await connection.execute(sa.update(session_log.session_log).values(at=at))


def total_size(file: Path) -> int:
    return sum(each.stat().st_size for each in file.parent.glob(f"{file.name}*"))


def test_everything_that_is_kept_for_a_time_only_is_looked_at_on_the_schedule() -> None:
    looks = {scheduled.look for scheduled in SCHEDULE}
    forgetting = {value for name, value in vars(retention).items() if name.startswith("forget_")}
    assert len(forgetting) == 7
    assert forgetting <= looks
