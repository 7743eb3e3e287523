"""What a session remembers: its conversation. Its log is in `session_log.py`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

import sqlalchemy as sa

from state.columns import ForeignText, RowNumber, Seconds
from state.database import Database
from state.session_files import metadata, open_session_file

Role = Literal["user", "assistant"]

# What the conversation so far may take of the agent's attention: five turns are enough to know what "also" refers to.
MESSAGES_IN_CONTEXT = 10

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


@dataclass(frozen=True)
class Message:
    """One message of the conversation; `created_at` in seconds since the epoch."""

    role: Role
    content: str
    created_at: float


class SessionState:
    """One session's conversation: `async with await SessionState.open(database, session_id) as state`."""

    def __init__(self, database: Database, session_id: str, *, owned: bool) -> None:
        self._database = database
        self._session_id = session_id
        self._owned = owned

    @classmethod
    async def open(cls, database: Database, session_id: str) -> SessionState:
        """Open the session's state, beginning it if it is new. Raises ValueError for an id that can't be one."""
        own = await open_session_file(database, session_id)
        return cls(database, session_id, owned=False) if own is None else cls(own, session_id, owned=True)

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
