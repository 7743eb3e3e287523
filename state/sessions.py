"""Sessions: one lasting conversation each, on an issue or a pull request. Everything here finds or updates one row.

Every method can be repeated without a second effect, because a job's steps are.
"""

from __future__ import annotations

import base64
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, Unpack

import sqlalchemy as sa

from state.columns import ForeignText, GitHubId, Seconds
from state.database import Database
from state.tables import metadata

Kind = Literal["issue", "pull"]

# 80 random bits: nobody guesses one, and it fits any file name, tag or branch.
SESSION_ID_BYTES = 10

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("installation_id", GitHubId, nullable=False, index=True),
    sa.Column("repository_id", GitHubId, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("thread", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("branch", ForeignText),
    sa.Column("base_branch", ForeignText),
    sa.Column("pull_number", sa.Integer),
    sa.Column("comment_id", GitHubId),
    sa.Column("snapshot_id", sa.Text),
    sa.Column("agent_session_id", sa.Text, nullable=False),
    sa.Column("agent_model", sa.Text),
    sa.Column("created_at", Seconds, nullable=False),
    sa.Column("updated_at", Seconds, nullable=False),
    sa.UniqueConstraint("repository_id", "thread", name="one_session_a_thread"),
    sa.UniqueConstraint("repository_id", "pull_number", name="one_session_a_pull"),
)


@dataclass(frozen=True)
class Session:
    """One conversation.

    `repository` is `owner/name` as last seen; `repository_id` is what stays when it is renamed. `thread` is the number of
    the issue or pull request on which it began, `pull_number` the pull request it works on, `comment_id` the one comment
    it keeps up to date. `agent_session_id` is the UUID the agent's own conversation runs under.
    """

    id: str
    installation_id: int
    repository_id: int
    repository: str
    thread: int
    kind: Kind
    branch: str | None
    base_branch: str | None
    pull_number: int | None
    comment_id: int | None
    snapshot_id: str | None
    agent_session_id: str
    agent_model: str | None
    created_at: float
    updated_at: float


class SessionChanges(TypedDict, total=False):
    """What may change on a session after it was opened."""

    repository: str
    branch: str
    base_branch: str
    pull_number: int
    comment_id: int | None
    snapshot_id: str | None
    agent_session_id: str
    agent_model: str


class Sessions:
    """The sessions in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_session(
        self, *, installation_id: int, repository_id: int, repository: str, thread: int, kind: Kind
    ) -> Session:
        """The session that this issue or pull request belongs to, begun now if there is none.

        A pull request that a session opened belongs to that session. Any number of callers at once get the same one.
        """
        now = time.time()
        begin = (
            self._database.insert(sessions)
            .values(
                id=new_session_id(),
                installation_id=installation_id,
                repository_id=repository_id,
                repository=repository,
                thread=thread,
                kind=kind,
                pull_number=thread if kind == "pull" else None,
                agent_session_id=str(uuid.uuid4()),
                created_at=now,
                updated_at=now,
            )
            .on_conflict_do_nothing()
        )
        found = sa.select(sessions).where(belongs_to(repository_id, thread))
        async with self._database.write() as connection:
            row = (await connection.execute(found)).one_or_none()
            if row is None:
                await connection.execute(begin)
                row = (await connection.execute(found)).one()
        return Session(*row)

    async def get(self, session_id: str) -> Session:
        """That session. Raises KeyError."""
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(sessions).where(sessions.c.id == session_id))).one_or_none()
        if row is None:
            raise KeyError(f"no session {session_id}")
        return Session(*row)

    async def by_thread(self, repository_id: int, number: int) -> Session | None:
        """The session that this issue or pull request belongs to, whichever of the two the number is."""
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(sessions).where(belongs_to(repository_id, number)))).one_or_none()
        return None if row is None else Session(*row)

    async def by_pull(self, repository_id: int, pull_number: int) -> Session | None:
        """The session that works on this pull request."""
        wanted = sa.and_(sessions.c.repository_id == repository_id, sessions.c.pull_number == pull_number)
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(sessions).where(wanted))).one_or_none()
        return None if row is None else Session(*row)

    async def work_on(self, repository_id: int, branch: str) -> bool:
        """Whether that branch is a session's: an agent may have written what is on it."""
        wanted = sa.and_(sessions.c.repository_id == repository_id, sessions.c.branch == branch)
        async with self._database.read() as connection:
            return (await connection.execute(sa.select(sessions.c.id).where(wanted).limit(1))).first() is not None

    async def update(self, session_id: str, **changes: Unpack[SessionChanges]) -> None:
        """Store what changed, and nothing else. Raises KeyError."""
        values: dict[str, Any] = {**changes, "updated_at": time.time()}
        async with self._database.write() as connection:
            done = await connection.execute(sa.update(sessions).where(sessions.c.id == session_id).values(values))
        if done.rowcount == 0:
            raise KeyError(f"no session {session_id}")


def new_session_id() -> str:
    """A fresh id: 16 characters out of a-z and 2-7."""
    return base64.b32encode(secrets.token_bytes(SESSION_ID_BYTES)).decode().lower()


def belongs_to(repository_id: int, number: int) -> sa.ColumnElement[bool]:
    # Issues and pull requests share one series of numbers, so at most one row fits.
    return sa.and_(
        sessions.c.repository_id == repository_id,
        sa.or_(sessions.c.thread == number, sessions.c.pull_number == number),
    )
