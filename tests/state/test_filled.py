"""The benchmark of a filled state fits the state: it takes what is filled in, and runs every statement that is measured."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.filled.__main__ import times
from benchmarks.filled.fill import fill, fill_engine
from benchmarks.filled.queries import QUERIES
from state.database import Database
from state.dbos_setup import ENGINE_FILE


async def test_both_databases_take_what_is_filled_in_and_every_statement_runs_on_it(state_folder: Path) -> None:
    file, engine = state_folder / "harvest.db", state_folder / ENGINE_FILE
    await (await Database.open(f"sqlite:///{file}")).close()
    fill(file, jobs=40, deliveries=80)
    fill_engine(engine, jobs=40)
    counted = [
        (file, "jobs", 40),
        (file, "inbox", 80),
        (file, "sessions", 4),
        (file, "posts", 4),
        (engine, "workflow_status", 40),
    ]
    for where, table, rows in counted:
        with closing(sqlite3.connect(where)) as connection:
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (rows,)  # noqa: S608
    (taken,) = await times([file], each=1)
    assert taken.keys() == QUERIES.keys()
