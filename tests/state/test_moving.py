"""What SQLite had is moved into Postgres whole, or not at all (`tests/service/test_on_postgres.py` moves a whole service)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from state import database as databases
from state import moving
from state.artifacts import FolderArtifacts
from state.database import Database
from state.moving import move_state
from state.session_files import SESSIONS_FOLDER
from tests.sqlite_file import open_sqlite
from tests.waiting import until

LIES_IDLE = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'idle in transaction' AND now() - state_change > interval '1.5 s'
"""


@pytest.mark.further
async def test_it_may_have_nothing_to_write_for_long(
    postgres: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "IDLE_SECONDS", 1)
    url = postgres()
    source, target, onlooker = await open_sqlite(tmp_path), await Database.open(url), await Database.open(url)
    file = tmp_path / SESSIONS_FOLDER / "a-session.db"
    file.parent.mkdir()
    file.touch()

    async def lies_idle() -> bool:
        async with onlooker.read() as connection:
            return bool(await connection.scalar(sa.text(LIES_IDLE)))

    async def nothing_for_long(_source: Database, _session: str) -> None:
        await until(lies_idle, "a transaction to lie idle for longer than others may", seconds=15)

    monkeypatch.setattr(moving, "open_session_file", nothing_for_long)
    assert await move_state(source, tmp_path, target, FolderArtifacts(tmp_path / "kept")) == {}
    for database in (source, target, onlooker):
        await database.close()
