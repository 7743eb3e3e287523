"""No everyday statement reads a whole table that grows: each is a search in an index, whatever the table has grown to."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.filled.queries import QUERIES, Parts, set_up
from state.database import Database
from state.sqlite import sqlite_path
from tests.sqlite_file import open_sqlite

GROWING = {"inbox", "jobs", "job_steps", "usage", "sandbox_times", "sessions", "job_tools", "tool_writes", "job_issues"}
GROWING |= {"issue_notes", "evidence", "memory", "questions", "children"}
ALIAS = re.compile(r"\b(\w+) AS (\w+)\b")
SCAN = re.compile(r"^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")
# Newest first, up to a limit: it ends there.
FIRST_PAGE = re.compile(r"^SELECT [^()]* \nFROM jobs ORDER BY jobs\.number DESC\n LIMIT \d")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All that SQLite is given, with its values, by whatever way: not every statement comes through SQLAlchemy."""
    statements: list[str] = []
    connect = sqlite3.connect

    def listened_to(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **named)
        if arguments[:1] != (":memory:",):  # what a search makes for itself is gone with it
            connection.set_trace_callback(statements.append)
        return connection

    for module in (sqlite3, sqlite3.dbapi2):
        monkeypatch.setattr(module, "connect", listened_to)
    return statements


@pytest.fixture
async def opened(tmp_path: Path, said: list[str]) -> AsyncIterator[tuple[Database, Parts]]:
    database = await open_sqlite(tmp_path)
    parts = await set_up(database)
    yield database, parts
    await parts.inbox.close()
    await database.close()


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
async def test_it_reads_no_whole_table(
    opened: tuple[Database, Parts], said: list[str], query: Callable[[Parts], Awaitable[Any]]
) -> None:
    database, parts = opened
    said.clear()

    await query(parts)

    statements = [text for text in said if re.match(r"SELECT|UPDATE|DELETE|WITH|INSERT", text)]
    assert statements != []
    with closing(sqlite3.connect(sqlite_path(database.url))) as connection:
        partial = partial_indexes(connection)
        for text in statements:
            plan = [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
            assert whole_tables(text, plan, partial) == [], text


async def test_one_statement_looks_at_all_that_may_have_become_due(opened: tuple[Database, Parts], said: list[str]) -> None:
    _, parts = opened
    said.clear()
    await parts.becoming_due.look()
    assert [text.split()[0] for text in said if not text.startswith("PRAGMA")] == ["BEGIN", "SELECT", "COMMIT"]


def partial_indexes(connection: sqlite3.Connection) -> set[str]:
    """Indexes of some rows alone: to read one whole is to read those."""
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'")
    return {name for (name,) in rows}


def whole_tables(text: str, plan: list[str], partial: set[str]) -> list[str]:
    """The steps of the plan that read a growing table from one end to the other."""
    tables = {alias: table for table, alias in ALIAS.findall(text)}
    found = []
    for step in plan:
        scan = SCAN.match(step)
        if scan and tables.get(scan[1], scan[1]) in GROWING and scan[2] not in partial and not FIRST_PAGE.match(text):
            found.append(step)
    return found


def test_a_plan_that_reads_a_whole_table_is_seen() -> None:
    assert whole_tables("SELECT 1 FROM jobs AS me", ["SCAN me"], set()) == ["SCAN me"]
    assert whole_tables("SELECT 1 FROM jobs", ["SCAN jobs USING INDEX jobs_by_time"], {"other"}) != []
    assert whole_tables("SELECT 1 FROM inbox", ["SCAN inbox USING COVERING INDEX inbox_undone"], {"inbox_undone"}) == []
