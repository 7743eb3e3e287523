"""Databases to test on: a SQLite file or a database on a real Postgres, empty for each test."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from state import session_files
from state import tables as tables_module
from state.database import Database
from state.engine import Engine
from state.inbox import Inbox
from state.jobs import Jobs
from state.sessions import Sessions
from state.turns import LOOK_SECONDS
from tests.postgres_service import running_postgres
from tests.sqlite_file import open_sqlite
from tests.waiting import until

Postgres = Callable[[], str]
Running = Callable[..., AbstractAsyncContextManager["Bench"]]

# The same promises on either; what only Postgres has, because several nodes stand on it, asks for `postgres` itself.
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.further)]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Gives the URL of a new, empty database at each call."""
    with running_postgres() as server:
        yield server.new_database


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/harvest.db"
    new_database: Postgres = request.getfixturevalue("postgres")
    return new_database()


@pytest.fixture(scope="session")
def shared_url(postgres: Postgres) -> str:
    """A database on Postgres that is emptied for each test: that is quicker than making one."""
    return postgres()


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An open database without rows, of each kind in turn."""
    if request.param == "sqlite":
        database = await open_sqlite(tmp_path)
    else:
        database = await Database.open(request.getfixturevalue("shared_url"))
        tables = ", ".join([*tables_module.metadata.tables, *session_files.metadata.tables])
        async with database.write() as connection:
            await connection.execute(sa.text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    yield database
    await database.close()


@pytest.fixture(scope="session")
def used_engine_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An engine's file that was started before: a first start takes seconds to set it up and to notice its queues."""
    folder = tmp_path_factory.mktemp("engine")

    async def start_once() -> None:
        database = await open_sqlite(folder)
        engine = Engine(database, installation_cap=10, total_cap=10)
        engine.register(asyncio.sleep, on_failure=fail_the_test)  # type: ignore[arg-type]  # never called
        await engine.start()
        await engine.stop()
        await database.close()

    asyncio.run(start_once())
    return folder / "engine.db"


async def fail_the_test(job_id: str, error: Exception) -> None:
    raise AssertionError(f"{job_id} failed") from error


@pytest.fixture
def state_folder(tmp_path: Path, used_engine_file: Path) -> Path:
    """A state directory."""
    for file in used_engine_file.parent.glob("engine.db*"):
        shutil.copy(file, tmp_path)
    return tmp_path


@dataclass(frozen=True)
class Bench:
    """A running engine, and what tests do with it."""

    engine: Engine
    database: Database

    async def submit(self, job_id: str, *, session: int = 1, installation: int = 1) -> None:
        where = await Sessions(self.database).open_session(
            installation_id=installation, repository_id=1, repository="a/b", thread=session, kind="issue"
        )
        await Jobs(self.database).add(
            job_id, session_id=where.id, installation_id=installation, kind="issue", recipe="change/1", ask={}
        )
        await self.engine.submit(job_id)

    async def ended(self, *job_ids: str) -> None:
        """Returns when the engine has ended these jobs."""

        async def over() -> bool:
            return set((await self.engine.states(job_ids)).values()) == {"ended"}

        await until(over, f"the end of {', '.join(job_ids)}")


@pytest.fixture
def running(state_folder: Path) -> Running:
    """Runs an engine on the state directory for as long as a block takes; again in another block is a restart."""

    @asynccontextmanager
    async def run(
        job: Callable[[Engine, str], Awaitable[None]],
        *,
        on_failure: Callable[[str, Exception], Awaitable[None]] = fail_the_test,
        on_over: Callable[[str], None] = lambda job_id: None,
        installation_cap: int = 10,
        total_cap: int = 10,
        look_seconds: float = LOOK_SECONDS,
    ) -> AsyncIterator[Bench]:
        database = await open_sqlite(state_folder)
        engine = Engine(database, installation_cap=installation_cap, total_cap=total_cap, look_seconds=look_seconds)

        async def bound(job_id: str) -> None:
            await job(engine, job_id)

        engine.register(bound, on_failure=on_failure, on_over=on_over)
        await engine.start()
        try:
            yield Bench(engine, database)
        finally:
            await engine.stop()
            await database.close()

    return run


@pytest.fixture
async def inbox(database: Database) -> AsyncIterator[Inbox]:
    inbox = await Inbox.open(database)
    yield inbox
    await inbox.close()


@pytest.fixture
async def sqlite_inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    database = await open_sqlite(tmp_path)
    inbox = await Inbox.open(database)
    yield inbox
    await inbox.close()
    await database.close()
