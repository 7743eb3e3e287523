"""Every migration is run on a database with data in it, and ends in the tables that the code describes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa

import state.artifacts
import state.bot_asks
import state.budgets
import state.children
import state.evidence_ledger
import state.executors
import state.findings
import state.inbox
import state.issue_notes
import state.job_issues
import state.job_steps
import state.job_tools
import state.jobs
import state.leases
import state.marks
import state.memory
import state.own_words
import state.pace_rows
import state.posts
import state.questions
import state.repository_images
import state.sandbox_times
import state.session_log
import state.session_state
import state.sessions
import state.standbys
import state.tool_writes
import state.usage
import state.warm_sandboxes
import state.watches
import state.write_probe  # noqa: F401 - imported for their tables, as the others
from github_app.domain.ask import Ask, By, Command, Origin
from state import migrations, moving, session_files, session_migrations, tables
from state.budgets import JobBudgets
from state.database import Database, connect, parse_url
from state.jobs import Jobs
from state.migrate import migrate, migrations_in
from state.sqlite import DatabaseUnusable
from tests.state.rows_of_versions import DATA, MOVED

PARTS = [
    pytest.param("harvest", migrations, tables.metadata, id="harvest"),
    pytest.param("session", session_migrations, session_files.metadata, id="session"),
]


async def fill(database: Database, rows: dict[str, list[dict[str, Any]]]) -> None:
    async with database.write() as connection:
        for table, table_rows in rows.items():
            described = sa.Table(table, sa.MetaData(), *(sa.Column(name) for name in table_rows[0]))
            await connection.execute(described.insert(), table_rows)


@pytest.mark.parametrize(("part", "package", "metadata"), PARTS)
async def test_each_migration_keeps_the_data_and_the_last_gives_the_codes_tables(
    url: str, part: str, package: ModuleType, metadata: sa.MetaData
) -> None:
    database = await connect(parse_url(url))
    counts: dict[str, int] = {}
    for migration in migrations_in(package):
        await migrate(database, part, package, up_to=migration.number)
        for old, new in MOVED.get(part, {}).get(migration.number, {}).items():
            count = counts.pop(old)
            if new is not None:
                counts[new] = count
        rows = DATA[part][migration.number]
        await fill(database, rows)
        for table, table_rows in rows.items():
            counts[table] = counts.get(table, 0) + len(table_rows)
        async with database.read() as connection:
            for table, count in counts.items():
                assert await connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) == count  # noqa: S608
    async with database.read() as connection:
        there = await connection.run_sync(describe)
    fresh = await connect(parse_url(url if "sqlite" not in url else f"{url}.fresh"))
    if fresh.dialect == "postgresql":
        async with fresh.write() as connection:
            await connection.run_sync(drop_everything)
    async with fresh.write() as connection:
        await connection.run_sync(metadata.create_all)
    async with fresh.read() as connection:
        assert there == await connection.run_sync(describe)
    await fresh.close()
    await database.close()


async def test_what_a_job_was_asked_stays_known_when_it_becomes_an_ask(url: str) -> None:
    database = await connect(parse_url(url))
    await migrate(database, "harvest", migrations, up_to=1)
    await fill(database, DATA["harvest"][1])
    await migrate(database, "harvest", migrations)
    ask = Ask.from_json((await Jobs(database).get("j1")).ask)
    await database.close()
    assert (ask.command, ask.origin) == (Command("do", "fix it"), Origin(By.COMMENT, 5, "2026-01-02T03:04:05Z"))
    assert (ask.actor.login, ask.target.repository.full_name, ask.target.thread) == ("ada", "a/b", 7)


async def test_a_job_in_flight_keeps_its_budget_and_what_it_has_spent_of_it(url: str) -> None:
    database = await connect(parse_url(url))
    await migrate(database, "harvest", migrations, up_to=10)
    now = {**DATA["harvest"][1], "jobs": [{**DATA["harvest"][1]["jobs"][0], "ask": "{}", "budget_microdollars": 5}]}
    now["jobs"][0].pop("request")
    await fill(database, {table: now[table] for table in ("sessions", "jobs", "usage")})
    await migrate(database, "harvest", migrations)
    (budget,) = await JobBudgets(database).of_job("j1")
    await database.close()
    assert (budget.limit_microdollars, budget.spent_microdollars, budget.set_by) == (5, 1, "HARVEST_BUDGET_USD")


def describe(connection: sa.Connection) -> dict[str, Any]:
    inspector = sa.inspect(connection)
    return {
        table: {
            "columns": [(column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)],
            "primary key": inspector.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": [(key["constrained_columns"], key["referred_table"]) for key in inspector.get_foreign_keys(table)],
            "unique": sorted(tuple(unique["column_names"]) for unique in inspector.get_unique_constraints(table)),
            "indexes": sorted((index["name"] or "", *index["column_names"]) for index in inspector.get_indexes(table)),
        }
        for table in inspector.get_table_names()
        if table != "schema_versions"
    }


def drop_everything(connection: sa.Connection) -> None:
    there = sa.MetaData()
    there.reflect(connection)
    there.drop_all(connection)


# What is a process's own, or moved in a way of its own.
NOT_MOVED_AS_ROWS = {"executors", "leases", "github_paces", "standbys", "write_probe", "artifacts", "artifact_chunks"}


def test_every_table_is_moved_to_postgres_or_left_behind_on_purpose() -> None:
    assert {table.name for table in moving.MOVED} | NOT_MOVED_AS_ROWS == set(tables.metadata.tables)
    assert {table.name for table in moving.MOVED_OF_SESSIONS} == set(session_files.metadata.tables)


async def test_opening_a_database_twice_changes_nothing(url: str) -> None:
    for _ in range(2):
        await (await Database.open(url)).close()


async def test_processes_that_open_a_new_database_at_once_migrate_it_once(url: str) -> None:
    opened = await asyncio.gather(*(Database.open(url) for _ in range(4)))
    async with opened[0].read() as connection:
        versions = (await connection.execute(sa.text("SELECT part, version FROM schema_versions"))).all()
    assert len(versions) == len(set(versions))
    for database in opened:
        await database.close()


async def test_a_database_that_a_newer_harvest_has_used_is_refused(url: str) -> None:
    database = await Database.open(url)
    async with database.write() as connection:
        await connection.execute(sa.text("INSERT INTO schema_versions VALUES ('harvest', 999, 0)"))
    await database.close()
    with pytest.raises(DatabaseUnusable, match="at version 999 and this Harvest knows"):
        await Database.open(url)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "some_migrations"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.startswith("some_migrations")]:
        del sys.modules[name]


async def test_a_migration_that_fails_leaves_the_database_as_it_was(url: str, package: Path) -> None:
    (package / "0001_good.py").write_text("def upgrade(c): c.exec_driver_sql('CREATE TABLE good (n integer)')")
    (package / "0002_bad.py").write_text("def upgrade(c): c.exec_driver_sql('DROP TABLE good'); raise RuntimeError('bad')")
    import some_migrations  # type: ignore[import-not-found]  # it was just written

    database = await connect(parse_url(url))
    await migrate(database, "some", some_migrations, up_to=1)
    with pytest.raises(RuntimeError, match="bad"):
        await migrate(database, "some", some_migrations)
    async with database.read() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM good")) == 0
        assert await connection.scalar(sa.text("SELECT max(version) FROM schema_versions")) == 1
    await database.close()


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        (["0001_one.py", "0003_three.py"], "without a gap"),
        (["0001_one.py", "0001_uno.py"], "without a gap"),
        (["first.py"], "not named like a migration"),
    ],
)
def test_migrations_are_numbered_one_after_the_other(package: Path, files: list[str], complaint: str) -> None:
    for file in files:
        (package / file).write_text("def upgrade(connection): ...")
    import some_migrations

    with pytest.raises(ValueError, match=complaint):
        migrations_in(some_migrations)
