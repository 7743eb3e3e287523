"""DBOS's tables work with every SQLite that the systems Harvest runs on bring along."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from state.dbos_setup import sqlite_engine, unixepoch

# What DBOS writes into its tables and queries from Python 3.12 on (its `_migration.py` and `_sys_db.py`).
TABLE = "CREATE TABLE steps (name TEXT, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))"
NOW = "SELECT CAST(unixepoch('subsec') * 1000 AS BIGINT)"
ANOTHER_PROCESS = """
import sys, sqlalchemy as sa
from state.dbos_setup import sqlite_engine
with sqlite_engine(sys.argv[1]).begin() as connection:
    connection.execute(sa.text("INSERT INTO steps (name) VALUES ('second')"))
"""


def test_a_time_that_defaults_to_milliseconds_is_filled_in_by_every_connection_and_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/engine.db"
    before = int(time.time() * 1000)
    engine = sqlite_engine(url)
    with engine.begin() as first, engine.begin() as second:
        first.execute(sa.text(TABLE))
        first.execute(sa.text("INSERT INTO steps (name) VALUES ('first')"))
        assert second.execute(sa.text(NOW)).scalar_one() >= before
    subprocess.run([sys.executable, "-c", ANOTHER_PROCESS, url], check=True)
    with engine.begin() as connection:
        times = connection.execute(sa.text("SELECT at FROM steps ORDER BY rowid")).scalars().all()
    assert before <= times[0] < times[1] <= time.time() * 1000 + 1


def test_what_dbos_does_not_ask_for_is_refused_and_not_answered_wrongly() -> None:
    with pytest.raises(ValueError, match="is not known here"):
        unixepoch("now")
