"""Whether the database takes a row now, asked by writing one. The answer is there within PROBE_SECONDS, whatever holds it.

On SQLite this has a connection and a thread of its own: in line behind writers that wait for a lock it would learn nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from state.columns import Seconds
from state.database import Database
from state.sqlite import set_up_sqlite, sqlite_path
from state.tables import metadata

PROBE_SECONDS = 2.0
# Longer than our own transactions hold the file, and short enough that the thread ends before the answer is given.
BUSY_SECONDS = 1.5
# Whoever asks more often is given the last answer: each probe is a commit.
FRESH_SECONDS = 1.0
# A full disk still has the place that the write-ahead log has taken already: this is more than what that may be.
FILLER_BYTES = 256 * 1024
NO_ANSWER = f"the database did not answer within {PROBE_SECONDS:g} s"

write_probe = sa.Table(
    "write_probe",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("written_at", Seconds, nullable=False),
)


class WriteProbe:
    """Writes to a database to see whether it can."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="write probe")
        self._under_way: asyncio.Future[str | None] | None = None
        self._asked_at = 0.0

    async def problem(self) -> str | None:
        """Why nothing can be stored now, in a few words; None when it can."""
        if self._under_way is None or (self._under_way.done() and time.monotonic() > self._asked_at + FRESH_SECONDS):
            self._asked_at = time.monotonic()
            self._under_way = asyncio.ensure_future(self._write())
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                return await asyncio.shield(self._under_way)
        except TimeoutError:
            return NO_ANSWER

    async def close(self) -> None:
        """Ask no more. One that is under way may take BUSY_SECONDS."""
        if self._under_way is not None:
            self._under_way.cancel()
        self._thread.shutdown(wait=False)

    async def _write(self) -> str | None:
        if self._database.dialect == "sqlite":
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, write_sqlite, sqlite_path(self._database.url)
            )
        new = self._database.insert(write_probe).values(id=1, written_at=time.time())
        try:
            async with self._database.write() as connection:
                await connection.execute(
                    new.on_conflict_do_update(index_elements=["id"], set_={"written_at": new.excluded.written_at})
                )
        except (SQLAlchemyError, OSError) as error:
            reason = getattr(error, "orig", None) or error
            return f"the database can't be written: {str(reason).strip().splitlines()[0]}"
        return None


def write_sqlite(path: Path) -> str | None:
    """Write the probe's row, and as much beside the file as the next transactions may need. Blocks."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            set_up_sqlite(connection)
            connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")
            connection.execute("INSERT OR REPLACE INTO write_probe (id, written_at) VALUES (1, ?)", (time.time(),))
        filler = path.with_name(f"{path.name}-probe")
        try:
            filler.write_bytes(bytes(FILLER_BYTES))
        finally:
            filler.unlink(missing_ok=True)
    except sqlite3.Error as error:
        return f"the database can't be written: {error}"
    except OSError as error:
        return f"the disk can't be written: {error.strerror}"
    return None
