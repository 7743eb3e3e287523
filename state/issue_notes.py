"""What is to be told in an issue of another tracker: a row for each moment of a session's work on it, until it was told there.

A row is told once, by whoever finds it due. Of one issue, what happened first is told first.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from state.clock import database_now
from state.columns import ForeignText, Seconds
from state.database import Database
from state.due_rows import DueRows
from state.sessions import sessions
from state.tables import metadata

# Moments in the order in which they come.
MOMENTS = ("start", "opened", "merged")

issue_notes = sa.Table(
    "issue_notes",
    metadata,
    sa.Column("session_id", sa.Text, sa.ForeignKey(sessions.c.id), primary_key=True),
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("issue", sa.Text, primary_key=True),
    sa.Column("moment", sa.Text, primary_key=True),
    sa.Column("pull", sa.Integer, primary_key=True),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("asked_by", ForeignText, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("made_at", Seconds, nullable=False),
    sa.Column("due_at", Seconds, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("settled_at", Seconds),
    sa.Column("outcome", sa.Text),
)
unsettled = issue_notes.c.settled_at.is_(None)
sa.Index("issue_notes_to_tell", issue_notes.c.due_at, sqlite_where=unsettled, postgresql_where=unsettled)
sa.Index("issue_notes_by_time", issue_notes.c.made_at)


@dataclass(frozen=True)
class IssueNote:
    """One thing to be told. `moment` is "start", "opened" or "merged", `pull` the pull request's number, 0 for the start.
    `reference` is what the server knows the issue by, `asked_by` the login of who asked for the work. `due_at` is for one that
    is read; times are in seconds since the epoch."""

    session_id: str
    server: str
    issue: str
    moment: str
    pull: int
    reference: str
    asked_by: str
    made_at: float
    tries: int
    due_at: float = 0.0


class IssueNotes(DueRows[IssueNote]):
    """What is to be told, in a database; nothing before what happened earlier on the same issue."""

    def __init__(self, database: Database) -> None:
        key = [issue_notes.c[name] for name in ("session_id", "server", "issue", "moment", "pull")]
        earlier = issue_notes.alias()
        same_issue = sa.and_(*(earlier.c[column.name] == column for column in key[:3]))
        is_told_later = sa.exists().where(same_issue, earlier.c.rank < issue_notes.c.rank, earlier.c.settled_at.is_(None))
        super().__init__(
            database,
            IssueNote,
            key=key,
            due_at=issue_notes.c.due_at,
            failures=issue_notes.c.tries,
            waiting=sa.and_(unsettled, ~is_told_later),
        )

    async def owe(self, notes: Sequence[IssueNote], *, after: float = 0.0) -> None:
        """This is to be told, in so many seconds at the earliest. What is there already stays as it is."""
        rows = [
            {**{name: getattr(one, name) for name in IssueNote.__dataclass_fields__}, "rank": MOMENTS.index(one.moment)}
            for one in notes
        ]
        if not rows:
            return
        new = self._database.insert(issue_notes).values([{**row, "due_at": database_now() + after} for row in rows])
        async with self._database.write() as connection:
            await connection.execute(new.on_conflict_do_nothing())
        self.wake()

    async def stir(self, repository_id: int, pull: int) -> None:
        """Something became of this pull request."""
        its = sa.select(sessions.c.id).where(sessions.c.repository_id == repository_id, sessions.c.pull_number == pull)
        which = sa.and_(issue_notes.c.session_id.in_(its), issue_notes.c.pull == pull, unsettled)
        async with self._database.read() as connection:
            if (await connection.execute(sa.select(issue_notes.c.issue).where(which).limit(1))).first() is None:
                return
        await self._update(which, {"due_at": database_now()})
        self.wake()

    async def settle(self, note: IssueNote, outcome: str) -> None:
        """It was told, or never will be; `outcome` says which, in a word or two."""
        await self._update(self._is(note), {"settled_at": time.time(), "outcome": outcome})
        self.wake()

    async def forget(self, *, made_before: float) -> int:
        """Drop what is so old, told or not; gives its number."""
        async with self._database.write() as connection:
            return (await connection.execute(sa.delete(issue_notes).where(issue_notes.c.made_at < made_before))).rowcount
