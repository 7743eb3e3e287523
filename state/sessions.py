"""Sessions: one lasting conversation each, on an issue or a pull request. Everything here finds or updates one row.

Every method can be repeated without a second effect, because a job's steps are.
"""

from __future__ import annotations

import base64
import secrets
import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, Unpack

import sqlalchemy as sa

from state.columns import ForeignText, GitHubId, Seconds
from state.database import Database
from state.queue import job_queue
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
    sa.Column("snapshot_id", sa.Text),
    sa.Column("agent_session_id", sa.Text, nullable=False),
    sa.Column("agent_model", sa.Text),
    sa.Column("created_at", Seconds, nullable=False),
    sa.Column("updated_at", Seconds, nullable=False),
    # When the snapshot was deleted because it was old; its id stays, so that the next job says what it does without.
    sa.Column("snapshot_expired_at", Seconds),
    # No entry of the session's log is older; NULL when there is none.
    sa.Column("log_since", Seconds),
    # When its issue or pull request was closed, by GitHub's clock; NULL while neither is, and once it is worked on again.
    sa.Column("closed_at", Seconds),
    # The pull request that shows the session's plan; NULL when none does.
    sa.Column("plan_pull", sa.Integer),
    # When GitHub last told that somebody else edited the title or text of its pull request; NULL when it never did.
    sa.Column("pull_edited_at", Seconds),
    sa.UniqueConstraint("repository_id", "thread", name="one_session_a_thread"),
    sa.UniqueConstraint("repository_id", "pull_number", name="one_session_a_pull"),
)

has_snapshot = sa.and_(sessions.c.snapshot_id.is_not(None), sessions.c.snapshot_expired_at.is_(None))
sa.Index("sessions_with_snapshot", sessions.c.updated_at, sqlite_where=has_snapshot, postgresql_where=has_snapshot)
has_plan_pull = sessions.c.plan_pull.is_not(None)
sa.Index(
    "sessions_by_plan_pull",
    sessions.c.repository_id,
    sessions.c.plan_pull,
    unique=True,
    sqlite_where=has_plan_pull,
    postgresql_where=has_plan_pull,
)
has_log = sessions.c.log_since.is_not(None)
sa.Index("sessions_with_log", sessions.c.log_since, sqlite_where=has_log, postgresql_where=has_log)


@dataclass(frozen=True)
class Session:
    """One conversation.

    `repository` is `owner/name` as last seen; `repository_id` is what stays when it is renamed. `thread` is the number of
    the issue or pull request on which it began, `pull_number` the pull request it works on. `agent_session_id` is the
    UUID the agent's own conversation runs under.
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
    snapshot_id: str | None
    agent_session_id: str
    agent_model: str | None
    created_at: float
    updated_at: float
    snapshot_expired_at: float | None = None
    log_since: float | None = None
    closed_at: float | None = None
    plan_pull: int | None = None
    pull_edited_at: float | None = None


class SessionChanges(TypedDict, total=False):
    """What may change on a session after it was opened."""

    repository: str
    branch: str
    base_branch: str
    pull_number: int
    plan_pull: int
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

    async def by_plan_pull(self, repository_id: int, number: int) -> Session | None:
        """The session whose plan this pull request shows."""
        wanted = sa.and_(sessions.c.repository_id == repository_id, sessions.c.plan_pull == number)
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
        if "snapshot_id" in changes:
            values["snapshot_expired_at"] = None
        async with self._database.write() as connection:
            done = await connection.execute(sa.update(sessions).where(sessions.c.id == session_id).values(values))
        if done.rowcount == 0:
            raise KeyError(f"no session {session_id}")

    async def note_closed(self, session_id: str, at: float) -> None:
        """Its issue or pull request was closed then, in seconds since the epoch. Told in any order, the last time counts."""
        earlier = sa.or_(sessions.c.closed_at.is_(None), sessions.c.closed_at < at)
        which = sa.and_(sessions.c.id == session_id, earlier)
        async with self._database.write() as connection:
            await connection.execute(sa.update(sessions).where(which).values(closed_at=at))

    async def note_pull_edited(self, repository_id: int, pull_number: int) -> None:
        """Somebody else than Harvest edited the title or text of this pull request just now; it may be no session's."""
        which = sa.and_(sessions.c.repository_id == repository_id, sessions.c.pull_number == pull_number)
        async with self._database.write() as connection:
            await connection.execute(sa.update(sessions).where(which).values(pull_edited_at=time.time()))

    async def note_open(self, session_id: str, *, since: float) -> None:
        """It is worked on, or was opened again then; one that was closed after that stays closed."""
        which = sa.and_(sessions.c.id == session_id, sessions.c.closed_at <= since)
        async with self._database.write() as connection:
            await connection.execute(sa.update(sessions).where(which).values(closed_at=None))

    # What is not kept for ever.

    async def with_old_snapshot(self, before: float, closed_before: float, *, limit: int) -> list[Session]:
        """Sessions with a snapshot that were not used since then, or closed before then, and have no job now, the longest
        unused first."""
        old = sa.or_(sessions.c.updated_at < before, sessions.c.closed_at < closed_before)
        query = sa.select(sessions).where(has_snapshot, old, ~at_work)
        return await self._select(query.order_by(sessions.c.updated_at).limit(limit))

    async def snapshots_among(self, snapshot_ids: Collection[str]) -> set[str]:
        """Those of them from which a session goes on."""
        query = sa.select(sessions.c.snapshot_id).where(has_snapshot, sessions.c.snapshot_id.in_(snapshot_ids))
        async with self._database.read() as connection:
            return set((await connection.scalars(query)).all())

    async def note_expired(self, session_id: str, snapshot_id: str) -> None:
        """This snapshot of it was deleted."""
        which = sa.and_(sessions.c.id == session_id, sessions.c.snapshot_id == snapshot_id)
        async with self._database.write() as connection:
            await connection.execute(sa.update(sessions).where(which).values(snapshot_expired_at=time.time()))

    async def with_old_log(self, before: float, *, limit: int) -> list[Session]:
        """Sessions whose logs may have entries from before then, the oldest first."""
        query = sa.select(sessions).where(has_log, sessions.c.log_since < before)
        return await self._select(query.order_by(sessions.c.log_since).limit(limit))

    async def note_log_since(self, session_id: str, seen: float | None, since: float | None) -> None:
        """What its log has begins there, None for an empty one; unless another job has come since `seen` was read."""
        which = sa.and_(sessions.c.id == session_id, sessions.c.log_since == seen, ~at_work if since is None else sa.true())
        async with self._database.write() as connection:
            await connection.execute(sa.update(sessions).where(which).values(log_since=since))

    async def _select(self, query: sa.Select[Any]) -> list[Session]:
        async with self._database.read() as connection:
            return [Session(*row) for row in await connection.execute(query)]


at_work = sa.exists().where(job_queue.c.session_id == sessions.c.id)


def new_session_id() -> str:
    """A fresh id: 16 characters out of a-z and 2-7."""
    return base64.b32encode(secrets.token_bytes(SESSION_ID_BYTES)).decode().lower()


def belongs_to(repository_id: int, number: int) -> sa.ColumnElement[bool]:
    # Issues and pull requests share one series of numbers, so at most one row fits.
    return sa.and_(
        sessions.c.repository_id == repository_id,
        sa.or_(sessions.c.thread == number, sessions.c.pull_number == number),
    )
