"""A session's own database: by default a SQLite file a session, so that a long one slows down no other and can be copied or
removed by itself. On Postgres all sessions share tables, under their ids, and nothing is opened here.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from state import session_migrations
from state.database import Database, connect
from state.migrate import migrate

SESSIONS_FOLDER = "sessions"
# The id becomes a file name.
SESSION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# An open file is two threads; to open one takes some ten milliseconds.
KEPT_OPEN = 16

# Not among the shared tables: on SQLite these are in the session's own file.
metadata = sa.MetaData()


async def open_session_file(database: Database, session_id: str) -> Database | None:
    """The session's own file beside that database, begun if it is new; None on Postgres. Raises ValueError for an id that
    can't be one."""
    if SESSION_ID.fullmatch(session_id) is None:
        raise ValueError(f"{session_id!r} is no session id: it has 1 to 64 letters, digits, - or _")
    if database.folder is None:
        return None
    file = path_of(database.folder, session_id)
    own = await connect(URL.create("sqlite", database=str(file)), readers=1)
    try:
        await migrate(own, "session", session_migrations)
    except BaseException:
        await own.close()
        raise
    return own


def path_of(folder: Path, session_id: str) -> Path:
    """The session's own file in the folder of the shared one."""
    return folder / SESSIONS_FOLDER / f"{session_id}.db"


@dataclass
class OpenFile:
    database: Database
    users: int = 0


class SessionFiles:
    """The sessions' files, of which the last used stay open."""

    def __init__(self, database: Database) -> None:
        self._shared = database
        self._open: OrderedDict[str, OpenFile] = OrderedDict()
        self._opening = asyncio.Lock()

    def exist(self, session_id: str) -> bool:
        """Whether anything of this session was ever stored here. Blocks."""
        return self._shared.folder is None or path_of(self._shared.folder, session_id).exists()

    @asynccontextmanager
    async def of(self, session_id: str) -> AsyncIterator[Database]:
        """The database that this session's tables are in. Raises ValueError for an id that can't be one."""
        async with self._opening:
            if session_id not in self._open:
                own = await open_session_file(self._shared, session_id)
                if own is not None:
                    self._open[session_id] = OpenFile(own)
            file = self._open.get(session_id)
            if file is not None:
                self._open.move_to_end(session_id)
                file.users += 1
        if file is None:
            yield self._shared
            return
        try:
            yield file.database
        finally:
            file.users -= 1
            await self._close_unused(KEPT_OPEN)

    async def close(self) -> None:
        """Let go of all files. Nobody uses them any more."""
        await self._close_unused(0)

    async def _close_unused(self, kept: int) -> None:
        unused = [session_id for session_id, file in self._open.items() if not file.users]
        for session_id in unused[: max(0, len(self._open) - kept)]:
            if (file := self._open.get(session_id)) is not None and not file.users:
                del self._open[session_id]
                await file.database.close()
