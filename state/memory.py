"""What is kept of earlier work on repositories: facts, directives and lessons, a row each, with where it is from and who said
yes to it.

An entry is proposed, and counts once somebody has approved it. It belongs to the repository that it is from; one that was
approved for everywhere is read in the other repositories of its installation too. What is from a private repository is read in
private ones alone, and nothing crosses installations: each question says who reads.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import sqlalchemy as sa

from state.columns import ForeignText, GitHubId, RowNumber, Seconds, storable
from state.connection import Connection
from state.database import Database
from state.memory_search import best_of, words_match
from state.tables import metadata

Kind = Literal["fact", "directive", "lesson"]
Standing = Literal["proposed", "approved", "forgotten", "gone"]

# Any number that nothing else locks: on Postgres one caller at a time looks whether there is room, and takes it.
ROOM_LOCK = 0x4D454D4F

MOST_CHARACTERS = 300
MOST_IN_A_REPOSITORY = 200
# Waiting for somebody's word: what agents propose can't crowd out the rest.
MOST_PROPOSED = 50
MOST_OF_A_JOB = 5
# All of them hold for each job, and are told to each.
MOST_DIRECTIVES = 10
# Of all repositories of an installation together.
MOST_EVERYWHERE = 100

memory = sa.Table(
    "memory",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("installation_id", GitHubId, nullable=False),
    sa.Column("repository_id", GitHubId, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("private", sa.Boolean, nullable=False),
    sa.Column("everywhere", sa.Boolean, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", ForeignText, nullable=False),
    # The same words are one entry, however often they are proposed.
    sa.Column("text_sha256", sa.Text, nullable=False),
    sa.Column("standing", sa.Text, nullable=False),
    sa.Column("said_by", sa.Text, nullable=False),
    sa.Column("job_id", sa.Text, nullable=False),
    sa.Column("thread", sa.Integer, nullable=False),
    sa.Column("comment", GitHubId, nullable=False),
    sa.Column("path", ForeignText, nullable=False),
    sa.Column("quote", ForeignText, nullable=False),
    sa.Column("sha", sa.Text, nullable=False),
    sa.Column("seen", sa.Boolean, nullable=False),
    sa.Column("decided_by", sa.Text, nullable=False),
    sa.Column("proposed_at", Seconds, nullable=False),
    sa.Column("changed_at", Seconds, nullable=False),
    sa.UniqueConstraint("installation_id", "repository_id", "text_sha256", name="one_entry_a_text"),
    sa.Index("memory_of_a_job", "job_id"),
    # A number is never given twice: somebody may still approve by it.
    sqlite_autoincrement=True,
)
_not_kept = memory.c.standing != "approved"
sa.Index("memory_not_kept", memory.c.changed_at, sqlite_where=_not_kept, postgresql_where=_not_kept)
_for_all = memory.c.everywhere
sa.Index("memory_everywhere", memory.c.installation_id, sqlite_where=_for_all, postgresql_where=_for_all)


@dataclass(frozen=True)
class Reader:
    """Where something is read or kept: a repository, as it is now."""

    installation_id: int
    repository_id: int
    private: bool


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """What is proposed. `said_by` is the person whose words they are, empty for the agent. It is from `thread`, an issue or
    pull request, and from the review thread that began with `comment`, 0 for none. What is about code cites the file `path`
    and maybe a `quote` of it; `sha` is the commit that the job began from."""

    repository: str
    kind: Kind
    text: str
    job_id: str
    thread: int
    said_by: str = ""
    comment: int = 0
    path: str = ""
    quote: str = ""
    sha: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry(NewEntry):
    """An entry as it stands. `seen` says that the cited code was found once, as of `sha`; `private` that it is from a
    repository that was private when it was said; `decided_by` who approved or forgot it last, empty before. Times are in
    seconds since the epoch."""

    number: int
    repository_id: int
    private: bool
    everywhere: bool
    standing: Standing
    seen: bool
    decided_by: str
    proposed_at: float
    changed_at: float


_COLUMNS = [memory.c[field.name] for field in fields(Entry)]


class TooMany(Exception):
    """There are as many as there may be. `of` says of what: those of a job, those that wait, all of a repository, its
    directives, or those for everywhere."""

    def __init__(self, of: Literal["job", "proposed", "entries", "directives", "everywhere"]) -> None:
        super().__init__(of)
        self.of = of


class SaidAlready(Exception):
    """Another entry has those words."""

    def __init__(self, number: int) -> None:
        super().__init__(str(number))
        self.number = number


class Memory:
    """The entries in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def propose(self, reader: Reader, new: NewEntry) -> tuple[Entry, bool]:
        """The entry that has these words, proposed now if there is none, and whether it was. One whose code was gone is
        proposed anew, with what it cites now; one that was forgotten stays so. Raises TooMany."""
        digest, now = text_sha256(new.text), time.time()
        its = sa.and_(own(reader), memory.c.text_sha256 == digest)
        values = {field.name: getattr(new, field.name) for field in fields(new)}
        begun = {
            "private": reader.private,
            "everywhere": False,
            "standing": "proposed",
            "seen": False,
            "decided_by": "",
            "proposed_at": now,
            "changed_at": now,
        }
        where = {"installation_id": reader.installation_id, "repository_id": reader.repository_id}
        insert = self._database.insert(memory).values(**where, **values, **begun, text_sha256=digest).on_conflict_do_nothing()
        async with self._database.write() as connection:
            await self._in_turn(connection)
            there = await self._one(connection, its)
            if there is not None and there.standing != "gone":
                return there, False
            await self._must_have_room(connection, reader, new.job_id)
            if there is not None:
                await connection.execute(sa.update(memory).where(its).values(**values, **begun))
                is_new = True
            else:
                is_new = (await connection.execute(insert.returning(memory.c.number))).first() is not None
            entry = await self._one(connection, its)
        assert entry is not None  # noqa: S101 - it was written a moment ago
        return entry, is_new

    async def get(self, reader: Reader, number: int) -> Entry | None:
        """That entry of this repository's own."""
        async with self._database.read() as connection:
            return await self._one(connection, sa.and_(own(reader), memory.c.number == number, may_read(reader)))

    async def listed(self, reader: Reader, standing: Standing) -> list[Entry]:
        """Those of that standing that may be read there, the newest first. What waits is its own repository's alone."""
        which = sa.and_(readable(reader) if standing == "approved" else own(reader), may_read(reader))
        return await self._select(sa.and_(which, memory.c.standing == standing))

    async def search(self, reader: Reader, words: Sequence[str], *, limit: int) -> list[Entry]:
        """Approved entries that have some of these words (small letters and digits), those that match best first."""
        which = sa.and_(readable(reader), may_read(reader), memory.c.standing == "approved")
        if not words:
            return []
        if self._database.dialect == "postgresql":
            matches, rank = words_match(memory.c.text, memory.c.path, words)
            query = sa.select(*_COLUMNS).where(which, matches).order_by(rank.desc(), memory.c.number.desc()).limit(limit)
            async with self._database.read() as connection:
                return [Entry(**row._mapping) for row in await connection.execute(query)]
        entries = {entry.number: entry for entry in await self._select(which)}
        texts = {number: f"{entry.text} {entry.path}" for number, entry in entries.items()}
        return [entries[number] for number in (await best_of(texts, words))[:limit]]

    async def of_job(self, job_id: str) -> list[Entry]:
        """What that job proposed and nobody has decided on, the first one first."""
        return list(reversed(await self._select(sa.and_(memory.c.job_id == job_id, memory.c.standing == "proposed"))))

    # What people say of them. Each can be said twice.

    async def approve(
        self, reader: Reader, numbers: Collection[int], *, by: str, everywhere: bool = False, seen_at: float = math.inf
    ) -> list[Entry]:
        """Those of these that are proposed or approved in this repository: they count from now on, for `everywhere` only as
        they were at `seen_at` (seconds since the epoch): what somebody else has changed since is left as it is. Raises
        TooMany, and then none of them does."""
        its = sa.and_(
            own(reader), may_read(reader), memory.c.number.in_(numbers), memory.c.standing.in_(("proposed", "approved"))
        )
        as_seen = sa.or_(memory.c.decided_by.in_(("", by)), memory.c.changed_at <= seen_at)
        to_decide = sa.and_(its, as_seen if everywhere else memory.c.standing == "proposed")
        decided = sa.and_(its, memory.c.everywhere) if everywhere else its
        changes: dict[str, Any] = {"standing": "approved", "decided_by": by, "changed_at": time.time()}
        if everywhere:
            changes |= {"everywhere": True, "private": sa.or_(memory.c.private, sa.literal(reader.private))}
        async with self._database.write() as connection:
            await self._in_turn(connection)
            await connection.execute(sa.update(memory).where(to_decide).values(changes))
            await self._must_be_few(connection, reader)
            rows = await connection.execute(sa.select(*_COLUMNS).where(decided).order_by(memory.c.number))
            return [Entry(**row._mapping) for row in rows]

    async def forget(self, reader: Reader, numbers: Collection[int], *, by: str, everywhere: bool = False) -> list[Entry]:
        """Those of these that this repository has, and of those for everywhere only with `everywhere`: they count no more, and
        are not proposed again."""
        its = sa.and_(own(reader), may_read(reader), memory.c.number.in_(numbers), may_change(everywhere))
        changes = {"standing": "forgotten", "everywhere": False, "decided_by": by, "changed_at": time.time()}
        async with self._database.write() as connection:
            await connection.execute(sa.update(memory).where(its, memory.c.standing != "forgotten").values(changes))
            rows = await connection.execute(sa.select(*_COLUMNS).where(its).order_by(memory.c.number))
            return [Entry(**row._mapping) for row in rows]

    async def correct(self, reader: Reader, number: int, text: str, *, by: str, everywhere: bool = False) -> Entry | None:
        """It says this from now on, in the words of who corrects it, and counts; None when there is no such entry here, or one
        for everywhere and not `everywhere`. Raises SaidAlready, TooMany."""
        its = sa.and_(own(reader), may_read(reader), memory.c.number == number, may_change(everywhere))
        digest = text_sha256(text)
        changes = {
            "text": text,
            "text_sha256": digest,
            "said_by": by,
            "standing": "approved",
            "decided_by": by,
            "private": sa.or_(memory.c.private, sa.literal(reader.private)),
            "changed_at": time.time(),
        }
        async with self._database.write() as connection:
            await self._in_turn(connection)
            if await self._one(connection, its) is None:
                return None
            other = await self._one(connection, sa.and_(own(reader), memory.c.text_sha256 == digest))
            if other is not None and other.number != number:
                raise SaidAlready(other.number)
            await connection.execute(sa.update(memory).where(its).values(changes))
            await self._must_be_few(connection, reader)
            return await self._one(connection, its)

    # What became of the code that they cite.

    async def code_found(self, numbers: Collection[int], sha: str) -> None:
        """Their code is there, as of this commit."""
        await self._update(sa.and_(memory.c.number.in_(numbers), memory.c.standing == "approved"), {"seen": True, "sha": sha})

    async def code_gone(self, numbers: Collection[int], sha: str) -> None:
        """Their code was there once and is not any more, as of this commit: they count no more."""
        changes = {"standing": "gone", "everywhere": False, "sha": sha, "changed_at": time.time()}
        await self._update(sa.and_(memory.c.number.in_(numbers), memory.c.standing == "approved", memory.c.seen), changes)

    # What is not kept for ever.

    async def drop(self, *, unchanged_since: float) -> int:
        """Drop what was forgotten, is gone, or was never approved, and has been so since then; gives their number."""
        async with self._database.write() as connection:
            old = sa.delete(memory).where(_not_kept, memory.c.changed_at < unchanged_since)
            return (await connection.execute(old)).rowcount

    async def _in_turn(self, connection: Connection) -> None:
        """On SQLite there is one writer anyway."""
        if self._database.dialect == "postgresql":
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ROOM_LOCK)))

    async def _must_have_room(self, connection: Connection, reader: Reader, job_id: str) -> None:
        async def count(*which: sa.ColumnElement[bool]) -> int:
            return await connection.scalar(sa.select(sa.func.count()).where(*which)) or 0

        if await count(memory.c.job_id == job_id, memory.c.said_by == "") >= MOST_OF_A_JOB:
            raise TooMany("job")
        if await count(own(reader), memory.c.standing == "proposed") >= MOST_PROPOSED:
            raise TooMany("proposed")
        if await count(own(reader), memory.c.standing.in_(("proposed", "approved"))) >= MOST_IN_A_REPOSITORY:
            raise TooMany("entries")

    async def _must_be_few(self, connection: Connection, reader: Reader) -> None:
        approved = memory.c.standing == "approved"
        directives = sa.select(sa.func.count()).where(own(reader), approved, memory.c.kind == "directive")
        if (await connection.scalar(directives) or 0) > MOST_DIRECTIVES:
            raise TooMany("directives")
        in_all = sa.select(sa.func.count()).where(memory.c.installation_id == reader.installation_id, _for_all, approved)
        if (await connection.scalar(in_all) or 0) > MOST_EVERYWHERE:
            raise TooMany("everywhere")

    async def _one(self, connection: Connection, which: sa.ColumnElement[bool]) -> Entry | None:
        row = (await connection.execute(sa.select(*_COLUMNS).where(which))).one_or_none()
        return None if row is None else Entry(**row._mapping)

    async def _select(self, which: sa.ColumnElement[bool]) -> list[Entry]:
        query = sa.select(*_COLUMNS).where(which).order_by(memory.c.number.desc())
        async with self._database.read() as connection:
            return [Entry(**row._mapping) for row in await connection.execute(query)]

    async def _update(self, which: sa.ColumnElement[bool], changes: dict[str, Any]) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.update(memory).where(which).values(changes))


def own(reader: Reader) -> sa.ColumnElement[bool]:
    return sa.and_(memory.c.installation_id == reader.installation_id, memory.c.repository_id == reader.repository_id)


def readable(reader: Reader) -> sa.ColumnElement[bool]:
    """Its own, and those for everywhere in its installation."""
    return sa.or_(own(reader), sa.and_(memory.c.installation_id == reader.installation_id, _for_all))


def may_read(reader: Reader) -> sa.ColumnElement[bool]:
    return sa.true() if reader.private else sa.not_(memory.c.private)


def may_change(everywhere: bool) -> sa.ColumnElement[bool]:
    return sa.true() if everywhere else sa.not_(memory.c.everywhere)


def text_sha256(text: str) -> str:
    """The same for words that differ in spaces, in case, or in a full stop."""
    return hashlib.sha256(" ".join(storable(text).casefold().split()).rstrip(".").encode()).hexdigest()
