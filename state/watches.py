"""Watches: pull requests that are kept mergeable, a row each, and a row for each job that was started for one.

A watch is looked after when it is due. What happens on GitHub makes it due a while later, so that what belongs together has
come together; and it is due now and then without that, for what GitHub did not tell of.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from state.clock import database_now
from state.columns import ForeignText, GitHubId, Microdollars, Seconds
from state.database import Database
from state.due_rows import DueRows
from state.jobs import Outcome, jobs
from state.tables import metadata

# Each is looked at several times an hour, with four requests to GitHub or more.
MOST_IN_A_REPOSITORY = 20
# Where something happens all the time, it is looked at all the same.
MOST_SETTLE_TIMES = 10.0

watches = sa.Table(
    "watches",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("installation_id", GitHubId, nullable=False),
    sa.Column("repository_id", GitHubId, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("pull_number", sa.Integer, nullable=False),
    sa.Column("actor_id", GitHubId, nullable=False),
    sa.Column("actor_login", sa.Text, nullable=False),
    sa.Column("actor_type", sa.Text, nullable=False),
    sa.Column("inline", GitHubId, nullable=False),
    sa.Column("until", sa.Text, nullable=False),
    sa.Column("budget_microdollars", Microdollars, nullable=False),
    sa.Column("settle_seconds", Seconds, nullable=False),
    sa.Column("model", ForeignText),
    sa.Column("created_at", Seconds, nullable=False),
    sa.Column("branch", ForeignText, nullable=False),
    sa.Column("base_branch", ForeignText, nullable=False),
    sa.Column("head_sha", sa.Text, nullable=False),
    sa.Column("head_since", Seconds, nullable=False),
    sa.Column("had_checks", sa.Boolean, nullable=False),
    sa.Column("told_tries", sa.Integer, nullable=False),
    sa.Column("due_at", Seconds, nullable=False),
    sa.Column("stirred_at", Seconds),
    # How often something happened there: a look that was overtaken does not put the next one off.
    sa.Column("stirs", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("ended_at", Seconds),
    sa.Column("why", sa.Text),
    sa.Column("ended_by", sa.Text),
    sa.Column("detail", ForeignText),
    sa.Column("told_at", Seconds),
)
alive, untold = watches.c.ended_at.is_(None), watches.c.told_at.is_(None)
sa.Index(
    "one_watch_a_pull",
    watches.c.repository_id,
    watches.c.pull_number,
    unique=True,
    sqlite_where=alive,
    postgresql_where=alive,
)
sa.Index("watches_to_look_after", watches.c.due_at, sqlite_where=untold, postgresql_where=untold)

watch_tries = sa.Table(
    "watch_tries",
    metadata,
    sa.Column("watch_id", sa.Text, sa.ForeignKey(watches.c.id), primary_key=True),
    sa.Column("job_id", sa.Text, primary_key=True),
    sa.Column("head_sha", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("findings", sa.JSON, nullable=False),
)


@dataclass(frozen=True)
class NewWatch:
    """A watch that is to begin. `actor_…` is who asked for it, `created_at` when, in seconds since the epoch, and `inline` the
    first comment of the thread on a line of the difference in which they did, 0 for the conversation. `until` is "merged" or
    "green"; `model` is what its jobs use, None for the repository's. The rest is the pull request as it is now."""

    id: str
    installation_id: int
    repository_id: int
    repository: str
    pull_number: int
    actor_id: int
    actor_login: str
    actor_type: str
    inline: int
    until: str
    budget_microdollars: int
    settle_seconds: float
    model: str | None
    created_at: float
    branch: str
    base_branch: str
    head_sha: str


@dataclass(frozen=True)
class Watch(NewWatch):
    """A watch as it stands, beside how it began. `head_since` is when that head was first seen, and `had_checks` whether any
    head ever had some; of `told_tries` people know that they were not in vain. An ended one has a reason (`why`), who ended
    it (empty for nobody) and a sentence on it (`detail`, which may be somebody else's); `told_at` is when people were told.
    Times are in seconds since the epoch."""

    head_since: float
    had_checks: bool
    told_tries: int
    due_at: float
    stirred_at: float | None
    stirs: int
    failures: int
    ended_at: float | None
    why: str | None
    ended_by: str | None
    detail: str | None
    told_at: float | None


@dataclass(frozen=True)
class WatchTry:
    """A job that was started for a watch: for which findings of which kind, by their names, and on which head. `outcome`,
    `ending` and `cost_usd` are the job's, None and 0 before its end."""

    job_id: str
    head_sha: str
    kind: str
    findings: list[str]
    outcome: Outcome | None
    ending: Mapping[str, Any] | None
    cost_usd: float


class TooManyWatches(Exception):
    """The repository has as many as it may have."""


class Watches(DueRows[Watch]):
    """The watches in a database. One is looked after until people know that it is over."""

    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            Watch,
            key=(watches.c.id,),
            due_at=watches.c.due_at,
            failures=watches.c.failures,
            waiting=untold,
            news=watches.c.stirs,
        )

    async def begin(self, new: NewWatch) -> tuple[Watch, bool]:
        """Begin it, unless that pull request is watched already; gives the watch that there is, and whether it is this one.
        It is due at once. Raises TooManyWatches."""
        found = sa.select(watches).where(
            sa.or_(watches.c.id == new.id, sa.and_(on_pull(new.repository_id, new.pull_number), alive))
        )
        values: dict[str, Any] = {field.name: getattr(new, field.name) for field in fields(new)}
        first = self._database.insert(watches).values(
            **values,
            head_since=time.time(),
            had_checks=False,
            told_tries=0,
            due_at=database_now(),
            stirs=0,
            failures=0,
        )
        async with self._database.write() as connection:
            row = (await connection.execute(found)).first()
            if row is None:
                count = sa.select(sa.func.count()).where(watches.c.repository_id == new.repository_id, alive)
                if (await connection.scalar(count) or 0) >= MOST_IN_A_REPOSITORY:
                    raise TooManyWatches
                await connection.execute(first.on_conflict_do_nothing())
                row = (await connection.execute(found)).one()
        self.wake()
        watch = Watch(*row)
        return watch, watch.id == new.id

    async def change(self, watch_id: str, changes: Mapping[str, Any]) -> None:
        """Let something else hold for it: `until`, `budget_microdollars` or `model`."""
        await self._update(watches.c.id == watch_id, changes)

    async def get(self, watch_id: str) -> Watch:
        """That watch. Raises KeyError."""
        found = await self._select(watches.c.id == watch_id)
        if not found:
            raise KeyError(f"no watch {watch_id}")
        return found[0]

    async def of_pull(self, repository_id: int, pull_number: int) -> Watch | None:
        """The watch on this pull request, None when it is not watched."""
        found = await self._select(sa.and_(on_pull(repository_id, pull_number), alive))
        return found[0] if found else None

    async def of_repository(self, repository_id: int) -> list[Watch]:
        """All that this repository has now, the longest first."""
        return await self._select(sa.and_(watches.c.repository_id == repository_id, alive), order=(watches.c.created_at,))

    async def all(self) -> list[Watch]:
        """All that there are now, the longest first."""
        return await self._select(alive, order=(watches.c.created_at,))

    # What happens to it.

    async def stir(self, repository_id: int, *, pull: int | None = None, pushed: str = "", sha: str = "") -> bool:
        """Something happened on this pull request, to this branch, or to this commit: what watches it is due when nothing more
        has happened for its settle time. False when nothing watches it."""
        where = [watches.c.pull_number == pull if pull is not None else sa.false()]
        if pushed:
            where += [watches.c.branch == pushed, watches.c.base_branch == pushed]
        if sha:
            where.append(watches.c.head_sha == sha)
        its = sa.and_(watches.c.repository_id == repository_id, alive, sa.or_(*where))
        async with self._database.read() as connection:
            if (await connection.execute(sa.select(watches.c.id).where(its).limit(1))).first() is None:
                return False
        first = sa.func.coalesce(watches.c.stirred_at, database_now())
        latest = first + watches.c.settle_seconds * MOST_SETTLE_TIMES
        soon = database_now() + watches.c.settle_seconds
        await self._update(
            its,
            {
                "due_at": sa.case((soon > latest, latest), else_=soon),
                "stirred_at": first,
                "stirs": watches.c.stirs + 1,
            },
        )
        self.wake()
        return True

    async def looked(self, seen: Watch, *, again_in: float, changes: Mapping[str, Any]) -> None:
        """It was looked after as it stood; `changes` is what is known anew of its pull request. It is due again in so many
        seconds, unless something has happened meanwhile."""
        await self._update(
            self._is(seen),
            {
                **changes,
                "failures": 0,
                "due_at": self._unless_overtaken(seen, again_in),
                "stirred_at": sa.case((self._is_overtaken(seen), watches.c.stirred_at), else_=None),
            },
        )

    async def end(self, watch_ids: Collection[str], why: str, *, by: str = "", detail: str = "") -> None:
        """They are over, for this reason; the first one stays. People are to be told."""
        now = time.time()
        over = {"ended_at": now, "why": why, "ended_by": by, "detail": detail, "failures": 0}
        # A look that is being taken does not put off that people are told.
        due = {"due_at": database_now(), "stirs": watches.c.stirs + 1}
        await self._update(sa.and_(watches.c.id.in_(watch_ids), alive), {**over, **due})
        self.wake()

    async def told(self, watch_id: str) -> None:
        """People know that it is over."""
        await self._update(watches.c.id == watch_id, {"told_at": time.time()})

    # What was started for it.

    async def begin_try(self, watch_id: str, job_id: str, *, head_sha: str, kind: str, findings: Sequence[str]) -> None:
        """This job is about to be started for those findings on that head. One that was written down before stays."""
        new = self._database.insert(watch_tries).values(
            watch_id=watch_id, job_id=job_id, head_sha=head_sha, kind=kind, findings=list(findings)
        )
        async with self._database.write() as connection:
            await connection.execute(new.on_conflict_do_nothing())

    async def tries(self, watch_id: str) -> list[WatchTry]:
        """The jobs that were started for it, first come first. One that was only about to be is none."""
        its = watch_tries.c
        columns = (its.job_id, its.head_sha, its.kind, its.findings)
        query = (
            sa.select(*columns, jobs.c.outcome, jobs.c.ending, jobs.c.report)
            .join(jobs, jobs.c.id == its.job_id)
            .where(its.watch_id == watch_id)
            .order_by(jobs.c.number)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [WatchTry(*row[:-1], cost_usd=float((row[-1] or {}).get("cost_usd", 0.0))) for row in rows]

    # What is not kept for ever.

    async def forget(self, *, told_before: float) -> int:
        """Drop those that were over before then, with what was tried for them; gives their number."""
        old = sa.select(watches.c.id).where(watches.c.told_at < told_before)
        async with self._database.write() as connection:
            await connection.execute(sa.delete(watch_tries).where(watch_tries.c.watch_id.in_(old)))
            return (await connection.execute(sa.delete(watches).where(watches.c.told_at < told_before))).rowcount


def on_pull(repository_id: int, pull_number: int) -> sa.ColumnElement[bool]:
    return sa.and_(watches.c.repository_id == repository_id, watches.c.pull_number == pull_number)
