"""What Harvest has put on the surfaces of a session: a row for each comment and check run, with what stands there.

Only a surface's reporter writes here. The row is there before the thing is: one without an id may have been put there, and is
looked for before it is put there (again).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from state.columns import GitHubId, Seconds
from state.database import Database
from state.sessions import sessions
from state.tables import metadata

posts = sa.Table(
    "posts",
    metadata,
    sa.Column("session_id", sa.Text, sa.ForeignKey(sessions.c.id), primary_key=True),
    sa.Column("surface", sa.Text, primary_key=True),
    sa.Column("place", sa.Text, primary_key=True),
    sa.Column("github_id", GitHubId),
    sa.Column("moment", sa.Text),
    sa.Column("look", sa.Text),
    sa.Column("written_at", Seconds),
)


@dataclass(frozen=True)
class Post:
    """One thing on a surface, at its place there. `moment` is what it was last written for, and `look` a hash of what it
    showed then; both None when that is not known. `written_at` is in seconds since the epoch."""

    place: str
    github_id: int | None = None
    moment: str | None = None
    look: str | None = None
    written_at: float | None = None


class Posts:
    """The posts in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, session_id: str) -> dict[str, dict[str, Post]]:
        """What was put on the session's surfaces: by the surface's name, and by its place there."""
        columns = [posts.c[field.name] for field in fields(Post)]
        query = sa.select(posts.c.surface, *columns).where(posts.c.session_id == session_id)
        found: dict[str, dict[str, Post]] = {}
        async with self._database.read() as connection:
            for surface, *values in await connection.execute(query):
                found.setdefault(surface, {})[values[0]] = Post(*values)
        return found

    async def said_otherwise(self, surface: str, moment: str, *, limit: int) -> list[tuple[str, Post]]:
        """What stands on that surface anywhere for another moment than this, or nobody knows what for, with its session's
        id; the longest untouched first."""
        columns = [posts.c[field.name] for field in fields(Post)]
        other = sa.or_(posts.c.moment.is_(None), posts.c.moment != moment)
        query = sa.select(posts.c.session_id, *columns).where(posts.c.surface == surface, other)
        async with self._database.read() as connection:
            found = await connection.execute(query.order_by(posts.c.written_at).limit(limit))
            return [(session_id, Post(*post)) for session_id, *post in found]

    async def begin(self, session_id: str, surface: str, place: str) -> None:
        """Something is about to be put there, in the place of what was there before."""
        unknown = {"github_id": None, "moment": None, "look": None}
        new = self._database.insert(posts).values(session_id=session_id, surface=surface, place=place, **unknown)
        again = new.on_conflict_do_update(index_elements=["session_id", "surface", "place"], set_=unknown)
        async with self._database.write() as connection:
            await connection.execute(again)

    async def wrote(self, session_id: str, surface: str, post: Post) -> None:
        """That stands there now; `written_at` is set by this."""
        known: dict[str, Any] = {
            "github_id": post.github_id,
            "moment": post.moment,
            "look": post.look,
            "written_at": time.time(),
        }
        await self._update(session_id, surface, posts.c.place == post.place, known)

    async def doubt(self, session_id: str, surface: str) -> None:
        """What stands there is not known any more: somebody else may have written last."""
        await self._update(session_id, surface, sa.true(), {"moment": None, "look": None})

    async def _update(self, session_id: str, surface: str, which: sa.ColumnElement[bool], values: dict[str, Any]) -> None:
        its = sa.and_(posts.c.session_id == session_id, posts.c.surface == surface, which)
        async with self._database.write() as connection:
            await connection.execute(sa.update(posts).where(its).values(values))
