"""Opening a database: what is refused, who may read the files, and what a full stop keeps."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from state.database import Database
from state.lock import StateDirectoryInUse, StateDirectoryUnusable, StateLock
from state.sessions import Sessions
from state.sqlite import DatabaseUnusable


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://root@localhost/harvest", "is for mysql"),
        ("not a url", "is not a database URL"),
    ],
)
async def test_a_url_that_harvest_cannot_run_on_is_refused(url: str, complaint: str) -> None:
    with pytest.raises(DatabaseUnusable, match=complaint):
        await Database.open(url)


async def test_a_url_is_refused_without_showing_its_password() -> None:
    with pytest.raises(DatabaseUnusable) as refused:
        await Database.open("mysql://root:hunter2@localhost/harvest")
    assert "hunter2" not in str(refused.value)


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseUnusable, match=f"can't create {tmp_path}/file/harvest.db"):
        await Database.open(f"sqlite:///{tmp_path}/file/harvest.db")


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "harvest.db").write_bytes(b"hello " * 1000)
    with pytest.raises(DatabaseUnusable, match="file is not a database"):
        await Database.open(f"sqlite:///{tmp_path}/harvest.db")


async def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnusable, match=r"postgres.*127\.0\.0\.1:1/harvest can't be used") as refused:
        await Database.open("postgresql://root:hunter2@127.0.0.1:1/harvest")
    assert "hunter2" not in str(refused.value)


async def test_nobody_else_may_read_the_files(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        database = await Database.open(f"sqlite:///{tmp_path}/state/harvest.db")
        await Sessions(database).open_session(installation_id=1, repository_id=1, repository="a/b", thread=1, kind="issue")
    finally:
        os.umask(before)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "state").iterdir()}
    assert modes == {"harvest.db": 0o600, "harvest.db-wal": 0o600, "harvest.db-shm": 0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    await database.close()


async def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/harvest.db")
    async with database.write() as connection:
        settings = {
            name: await connection.scalar(sa.text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    await database.close()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


async def test_a_block_that_raises_leaves_nothing_behind(database: Database) -> None:
    async def write_and_raise() -> None:
        async with database.write() as connection:
            await connection.execute(sa.text("INSERT INTO executors (id, seen_at) VALUES ('e', 0)"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await write_and_raise()
    async with database.read() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM executors")) == 0


async def test_many_writers_at_once_all_get_their_turn_in_any_process(database: Database) -> None:
    other = await Database.open(database.url.render_as_string(hide_password=False))

    async def add(number: int) -> None:
        async with (database if number % 2 else other).write() as connection:
            count = await connection.scalar(sa.text("SELECT count(*) FROM executors"))
            await connection.execute(
                sa.text("INSERT INTO executors (id, seen_at) VALUES (:id, :seen)"), {"id": str(number), "seen": count}
            )

    await asyncio.gather(*(add(number) for number in range(40)))
    async with other.read() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM executors")) == 40
    await other.close()


async def test_tasks_cancelled_in_the_middle_leave_the_database_usable(database: Database) -> None:
    async def write(number: int) -> None:
        async with database.write() as connection:
            await connection.execute(sa.text("INSERT INTO executors (id, seen_at) VALUES (:id, 0)"), {"id": str(number)})

    async def read() -> None:
        async with database.read() as connection:
            await connection.execute(sa.text("SELECT count(*) FROM executors"))

    dice = random.Random(7)  # noqa: S311 - moments to cancel at
    for number in range(100):
        task = asyncio.create_task(write(number) if number % 2 else read())
        await asyncio.sleep(dice.uniform(0, 0.005))
        task.cancel()
        await asyncio.wait([task])
    async with asyncio.timeout(60):
        await write(100)
        await asyncio.gather(*(read() for _ in range(20)))


def test_a_second_harvest_on_the_same_state_directory_is_refused_and_told_by_whom(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    lock = StateLock.take(folder)
    with pytest.raises(StateDirectoryInUse, match=f"process {os.getpid()}\\) is using {folder}"):
        StateLock.take(folder)
    lock.release()
    StateLock.take(folder).release()


HOLD_THE_LOCK = """
import pathlib, signal, sys
from state.lock import StateLock
lock = StateLock.take(pathlib.Path(sys.argv[1]))
print("locked", flush=True)
signal.pause()
"""


@pytest.mark.parametrize("at", ["mkdir", "pwrite"])
def test_a_full_disk_is_said_to_be_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, at, full)
    with pytest.raises(StateDirectoryUnusable, match=r"No space left on device\): make room there, or set HARVEST_STATE_DIR"):
        StateLock.take(tmp_path / "state")


def test_a_killed_harvest_holds_no_lock(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD_THE_LOCK, tmp_path], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"locked\n"
    with pytest.raises(StateDirectoryInUse, match=f"process {holder.pid}"):
        StateLock.take(tmp_path)
    holder.kill()
    holder.wait()
    holder.stdout.close()
    StateLock.take(tmp_path).release()
