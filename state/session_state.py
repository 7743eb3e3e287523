"""A session's own database: its conversation, the files it has modified, and its events.

By default each session has a SQLite file of its own, so that a long one slows down no other and can be copied or removed by
itself. On Postgres all sessions share tables, under their ids. `SessionState` is the same for both.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

import sqlalchemy as sa
from sqlalchemy.engine import URL

from state import session_migrations
from state.columns import ForeignText, RowNumber, Seconds
from state.database import Database, connect
from state.migrate import migrate

Role = Literal["user", "assistant"]

SESSIONS_FOLDER = "sessions"
# What the conversation so far may take of the agent's attention: five turns are enough to know what "also" refers to.
MESSAGES_IN_CONTEXT = 10
EVENTS_A_PAGE = 200
# The id becomes a file name.
SESSION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

# Not among the shared tables: on SQLite these are in the session's own file.
metadata = sa.MetaData()

messages = sa.Table(
    "session_messages",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("session_id", sa.Text, nullable=False),
    sa.Column("job_id", sa.Text),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("content", ForeignText, nullable=False),
    sa.Column("created_at", Seconds, nullable=False),
    sa.UniqueConstraint("session_id", "job_id", "role", name="one_exchange_a_job"),
    sa.Index("messages_of_a_session", "session_id", "number"),
)
files = sa.Table(
    "session_files",
    metadata,
    sa.Column("session_id", sa.Text, primary_key=True),
    sa.Column("path", ForeignText, primary_key=True),
)
events = sa.Table(
    "session_events",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("session_id", sa.Text, nullable=False),
    sa.Column("job_id", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.UniqueConstraint("session_id", "job_id", "position", name="one_event_a_position"),
    sa.Index("events_of_a_session", "session_id", "number"),
)


@dataclass(frozen=True)
class Message:
    """One message of the conversation; `created_at` in seconds since the epoch."""

    role: Role
    content: str
    created_at: float


@dataclass(frozen=True)
class SessionEvent:
    """One event. `number` grows within the session; `position` is where the event stands among its job's."""

    number: int
    job_id: str
    position: int
    event: dict[str, Any]


class SessionState:
    """One session's conversation, files and events: `async with await SessionState.open(database, session_id) as state`."""

    def __init__(self, database: Database, session_id: str, *, owned: bool) -> None:
        self._database = database
        self._session_id = session_id
        self._owned = owned

    @classmethod
    async def open(cls, database: Database, session_id: str) -> SessionState:
        """Open the session's state, beginning it if it is new. Raises ValueError for an id that can't be one."""
        if SESSION_ID.fullmatch(session_id) is None:
            raise ValueError(f"{session_id!r} is no session id: it has 1 to 64 letters, digits, - or _")
        if database.folder is None:
            return cls(database, session_id, owned=False)
        file = database.folder / SESSIONS_FOLDER / f"{session_id}.db"
        own = await connect(URL.create("sqlite+aiosqlite", database=str(file)), readers=1)
        try:
            await migrate(own, "session", session_migrations)
        except BaseException:
            await own.close()
            raise
        return cls(own, session_id, owned=True)

    async def close(self) -> None:
        """Let go of the session's file."""
        if self._owned:
            await self._database.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def add_exchange(self, user: str, assistant: str, *, job_id: str | None = None) -> None:
        """Add what was asked and what was answered to the conversation. With a job's id it is added once, however often
        that job says so."""
        now = time.time()
        turn = {"session_id": self._session_id, "job_id": job_id, "created_at": now}
        insert = self._database.insert(messages).on_conflict_do_nothing()
        async with self._database.write() as connection:
            await connection.execute(insert.values(turn | {"role": "user", "content": user}))
            await connection.execute(insert.values(turn | {"role": "assistant", "content": assistant}))

    async def conversation(self, *, last: int | None = None) -> list[Message]:
        """The conversation, or its last messages, oldest first."""
        newest_first = (
            sa.select(messages.c.role, messages.c.content, messages.c.created_at)
            .where(messages.c.session_id == self._session_id)
            .order_by(messages.c.number.desc())
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(newest_first.limit(last))).all()
        return [Message(*row) for row in reversed(rows)]

    async def build_context_prompt(self, prompt: str) -> str:
        """The prompt after the last ten messages of the conversation, for an agent that has forgotten it:
        `Previous conversation:\\nuser: …\\nassistant: …\\n\\nUser: …`. With no conversation yet, the prompt alone."""
        recent = await self.conversation(last=MESSAGES_IN_CONTEXT)
        if not recent:
            return prompt
        lines = "\n".join(f"{message.role}: {message.content}" for message in recent)
        return f"Previous conversation:\n{lines}\n\nUser: {prompt}"

    async def add_modified_files(self, paths: Sequence[str]) -> None:
        """Remember that these files (paths within the repository) were modified in this session."""
        if not paths:
            return
        insert = self._database.insert(files).on_conflict_do_nothing()
        async with self._database.write() as connection:
            await connection.execute(insert, [{"session_id": self._session_id, "path": path} for path in paths])

    async def modified_files(self) -> list[str]:
        """Every file that was ever modified in this session, sorted."""
        query = sa.select(files.c.path).where(files.c.session_id == self._session_id)
        async with self._database.read() as connection:
            return sorted((await connection.scalars(query)).all())

    async def append_events(self, job_id: str, batch: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
        """Add a job's events, each with its position (any number that grows within the job: its offset in the agent's
        event file). One whose position is there already is left out, so a batch can be read and added again."""
        if not batch:
            return
        rows = [
            {"session_id": self._session_id, "job_id": job_id, "position": position, "event": json.dumps(event)}
            for position, event in batch
        ]
        async with self._database.write() as connection:
            await connection.execute(self._database.insert(events).on_conflict_do_nothing(), rows)

    async def last_position(self, job_id: str) -> int:
        """The position of the job's last event; 0 when it has none."""
        query = sa.select(sa.func.max(events.c.position)).where(
            events.c.session_id == self._session_id, events.c.job_id == job_id
        )
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar() or 0

    async def read_events(
        self, *, after: int = 0, job_id: str | None = None, limit: int = EVENTS_A_PAGE
    ) -> list[SessionEvent]:
        """The next events after the one numbered `after`, of one job if given; the last one's number gives the next page."""
        query = (
            sa.select(events.c.number, events.c.job_id, events.c.position, events.c.event)
            .where(events.c.session_id == self._session_id, events.c.number > after)
            .order_by(events.c.number)
            .limit(limit)
        )
        if job_id is not None:
            query = query.where(events.c.job_id == job_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [SessionEvent(number, job, position, json.loads(event)) for number, job, position, event in rows]
