"""Every migration is run on a database with data in it, and ends in the tables that the code describes."""

from __future__ import annotations

import asyncio
import json
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

PARTS = [
    pytest.param("harvest", migrations, tables.metadata, id="harvest"),
    pytest.param("session", session_migrations, session_files.metadata, id="session"),
]

# Rows as each version's tables hold them: version → table → rows. A new migration adds the rows of its new tables here.
DATA: dict[str, dict[int, dict[str, list[dict[str, Any]]]]] = {
    "harvest": {
        1: {
            "inbox": [
                {
                    "number": 1,
                    "delivery_id": "d1",
                    "event": "issues",
                    "received_at": 1.0,
                    "due_at": 1.0,
                    "repository_id": 2,
                    "urgent": False,
                    "suspect": False,
                    "attempts": 0,
                    "body": b"{}",
                }
            ],
            "sessions": [
                {
                    "id": "s1",
                    "installation_id": 1,
                    "repository_id": 2,
                    "repository": "a/b",
                    "thread": 7,
                    "kind": "issue",
                    "agent_session_id": "u",
                    "created_at": 1.0,
                    "updated_at": 1.0,
                }
            ],
            "jobs": [
                {
                    "number": 1,
                    "id": "j1",
                    "session_id": "s1",
                    "installation_id": 1,
                    "kind": "issue",
                    "request": json.dumps(
                        {
                            "thread": 7,
                            "title": "A bug",
                            "body": "It breaks.",
                            "prompt": "fix it",
                            "asked_by": "ada",
                            "asked_by_id": 3,
                            "asked_at": "2026-01-02T03:04:05Z",
                            "trigger": "comment",
                            "trigger_id": 5,
                            "default_branch": "main",
                        }
                    ),
                    "state": "running",
                    "recipe": "change/1",
                    "created_at": 1.0,
                }
            ],
            "job_steps": [{"job_id": "j1", "step": "run_agent", "sandbox": 1, "number": 1, "started_at": 1.0}],
            "usage": [
                {
                    "job_id": "j1",
                    "model": "m",
                    "requests": 1,
                    "input_tokens": 1,
                    "output_tokens": 1,
                    "cache_read_tokens": 1,
                    "cache_write_tokens": 1,
                    "cost_microdollars": 1,
                }
            ],
            "executors": [{"id": "e1", "seen_at": 1.0}],
            "sandbox_times": [
                {
                    "sandbox_id": "sb1",
                    "job_id": "j1",
                    "backend": "modal",
                    "purpose": "job",
                    "cpu": 2.0,
                    "memory_mib": 4096,
                    "started_at": 1.0,
                    "ends_by": 2.0,
                }
            ],
            "repository_images": [
                {
                    "repository_id": 2,
                    "installation_id": 1,
                    "repository": "a/b",
                    "image_id": "im-2",
                    "replaced_image_id": "im-1",
                    "sha": "c" * 40,
                    "size_bytes": 3 * 2**30,
                    "built_at": 1.0,
                    "build_seconds": 1.0,
                    "set_up": '[{"command": "npm ci", "because_of": "package-lock.json"}]',
                    "failures": 0,
                }
            ],
            "warm_sandboxes": [{"sandbox_id": "sb-1", "repository_id": 2, "image_id": "im-2", "created_at": 1.0}],
            "reservations": [{"id": "r", "job_id": "j1", "model": "opus", "most_microdollars": 2**40, "made_at": 1.0}],
            "marks": [{"name": "deliveries", "read_until": "2026-11-22T10:00:00Z"}],
            "job_queue": [{"number": 1, "job_id": "j1", "session_id": "s1", "installation_id": 1, "attempts": 0}],
            "write_probe": [{"id": 1, "written_at": 1.0}],
        },
        2: {"leases": [{"name": "look", "holder": "e1", "held_until": 1.0}]},
        3: {},
        4: {},
        5: {},
        6: {
            "artifacts": [{"key": "saved/s1.bundle", "version": "v1", "size_bytes": 1, "stored_at": 1.0}],
            "artifact_chunks": [{"key": "saved/s1.bundle", "version": "v1", "number": 0, "content": b"b"}],
        },
        7: {},
        8: {"posts": [{"session_id": "s1", "surface": "comment", "place": "thread", "github_id": 2**40}]},
        9: {},
        10: {"github_paces": [{"installation_id": 2**40, "content": "{}", "written_at": 1.0}]},
        11: {
            "accounts": [{"id": "day/2026-11-29", "spent_microdollars": 2**40, "used_at": 1.0}],
            "job_accounts": [{"job_id": "j1", "account": "day/2026-11-29", "whose": "this", "period": "", "set_by": ""}],
        },
        12: {},
        13: {"own_words": [{"repository_id": 2**40, "label": "ai"}]},
        14: {
            "findings": [
                {
                    "repository_id": 2**40,
                    "pull": 8,
                    "head_sha": "c" * 40,
                    "chore": "fix-ci",
                    "finding": "tests",
                    "job_id": "j1",
                    "found_at": 1.0,
                }
            ],
            "bot_asks": [{"repository_id": 2**40, "thread": 8, "said": "comment/1", "at": 1.0}],
        },
        15: {"job_tools": [{"job_id": "j1", "server": "x", "tools": "[]", "problem": "", "calls": 1, "given_at": 1.0}]},
        16: {
            "watches": [
                {
                    "id": "w1",
                    "installation_id": 1,
                    "repository_id": 2**40,
                    "repository": "a/b",
                    "pull_number": 8,
                    "actor_id": 3,
                    "actor_login": "ada",
                    "actor_type": "User",
                    "inline": 2**40,
                    "until": "merged",
                    "budget_microdollars": 2**40,
                    "settle_seconds": 60.0,
                    "created_at": 1.0,
                    "branch": "fix",
                    "base_branch": "main",
                    "head_sha": "c" * 40,
                    "head_since": 1.0,
                    "had_checks": True,
                    "told_tries": 0,
                    "due_at": 1.0,
                    "stirs": 0,
                    "failures": 0,
                }
            ],
            "watch_tries": [
                {"watch_id": "w1", "job_id": "j1", "head_sha": "c" * 40, "kind": "fix-ci", "findings": '["tests"]'}
            ],
        },
        17: {},
        18: {
            "job_issues": [
                {
                    "job_id": "j1",
                    "issue": "ENG-1",
                    "place": 0,
                    "server": "linear",
                    "reference": "ENG-1",
                    "url": "",
                    "text": "Do it.",
                    "problem": "",
                    "pinned_at": 1.0,
                }
            ],
            "issue_notes": [
                {
                    "session_id": "s1",
                    "server": "linear",
                    "issue": "ENG-1",
                    "moment": "start",
                    "pull": 0,
                    "reference": "ENG-1",
                    "asked_by": "ada",
                    "rank": 0,
                    "made_at": 1.0,
                    "due_at": 1.0,
                    "tries": 0,
                }
            ],
        },
        19: {},
        20: {"tool_writes": [{"job_id": "j1", "key": "k", "begun_at": 1.0, "tried_at": 1.0}]},
        21: {
            "evidence": [
                {
                    "job_id": "j1",
                    "source": "harvest",
                    "number": 1,
                    "command": "make test",
                    "code_of": "test",
                    "whole": True,
                    "began_at": 1.0,
                    "renewed_at": 1.0,
                    "tree": "a" * 40,
                    "tree_after": "",
                    "failed": "[]",
                }
            ]
        },
        22: {
            "memory": [
                {
                    "number": 1,
                    "installation_id": 1,
                    "repository_id": 2**40,
                    "repository": "a/b",
                    "private": True,
                    "everywhere": False,
                    "kind": "fact",
                    "text": "It counts from 1.",
                    "text_sha256": "d" * 64,
                    "standing": "proposed",
                    "said_by": "",
                    "job_id": "j1",
                    "thread": 7,
                    "comment": 2**40,
                    "path": "a.py",
                    "quote": "",
                    "sha": "c" * 40,
                    "seen": False,
                    "decided_by": "",
                    "proposed_at": 1.0,
                    "changed_at": 1.0,
                }
            ]
        },
        23: {
            "questions": [
                {
                    "job_id": "j1",
                    "session_id": "s1",
                    "number": 1,
                    "question": "Which?",
                    "options": '["a"]',
                    "default_answer": "a",
                    "asked_at": 1.0,
                    "failures": 0,
                }
            ],
            "children": [
                {
                    "parent_job_id": "j1",
                    "number": 1,
                    "digest": "d",
                    "repository": "a/b",
                    "task": "Do it",
                    "asked_at": 1.0,
                    "repository_id": 2**40,
                    "look_at": 1.0,
                    "failures": 0,
                }
            ],
        },
        24: {},
    },
    "session": {
        1: {
            "session_messages": [{"number": 1, "session_id": "s1", "role": "user", "content": "hello", "created_at": 1.0}],
            "session_files": [{"session_id": "s1", "path": "a.py"}],
            "session_events": [
                {"number": 5, "session_id": "s1", "job_id": "j1", "position": 0, "event": "{}"},
                {"number": 9, "session_id": "s1", "job_id": "j1", "position": 7, "event": "{}"},
            ],
        },
        2: {
            "session_log": [
                {"session_id": "s2", "number": 1, "job_id": "j2", "at": 1.0, "kind": "queued", "key": "queued", "body": "{}"}
            ],
        },
        3: {},
    },
}

# Where the rows of a table have gone that a version has no more: version → old table → new one, None for nowhere.
MOVED: dict[str, dict[int, dict[str, str | None]]] = {
    "session": {2: {"session_events": "session_log"}, 3: {"session_files": None}}
}


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
NOT_MOVED_AS_ROWS = {"executors", "leases", "github_paces", "write_probe", "artifacts", "artifact_chunks"}


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
