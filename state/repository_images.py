"""Repository images: for each repository at most one that new sessions start from, and how its building went.

The row also says who is building: at most one at a time, known by a word of its own, for as long as it goes on saying so.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from state.columns import ForeignText, GitHubId, Seconds
from state.database import Database
from state.jobs import jobs
from state.sessions import sessions
from state.tables import metadata

# A builder that has not said for this long that it is at work is taken for dead.
HOLD_SECONDS = 60.0

repository_images = sa.Table(
    "repository_images",
    metadata,
    sa.Column("repository_id", GitHubId, primary_key=True, autoincrement=False),
    sa.Column("installation_id", GitHubId, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("image_id", sa.Text),
    sa.Column("replaced_image_id", sa.Text),
    sa.Column("sha", sa.Text),
    sa.Column("size_bytes", sa.BigInteger),
    sa.Column("built_at", Seconds),
    sa.Column("build_seconds", Seconds),
    sa.Column("set_up", sa.JSON, nullable=False),
    sa.Column("asked_at", Seconds),
    sa.Column("looked_at", Seconds),
    sa.Column("tried_at", Seconds),
    sa.Column("tried_sha", sa.Text),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("error", ForeignText),
    sa.Column("builder", sa.Text, unique=True),
    sa.Column("builder_until", Seconds),
)


class SetUpStep(msgspec.Struct, frozen=True):
    """One thing that was done to set an image up: `command`, because the repository has the file `because_of`.

    `problem` says in a few words why it did not work (hostile text); empty when it did.
    """

    command: str
    because_of: str
    seconds: float = 0.0
    problem: str = ""


@dataclass(frozen=True)
class ImageRepository:
    """A repository that an image is made of; `name` is `owner/name` as last seen."""

    id: int
    installation_id: int
    name: str


@dataclass(frozen=True)
class BuiltImage:
    """What a build gave. `size_bytes` is what it adds to the base: workspace and home."""

    image_id: str
    sha: str
    size_bytes: int
    seconds: float
    set_up: tuple[SetUpStep, ...]

    @property
    def complete(self) -> bool:
        """Everything that the repository asks for was installed."""
        return not any(step.problem for step in self.set_up)


@dataclass(frozen=True)
class RepositoryImage:
    """A repository's image, or where there is none yet how far it has come. Times are seconds since the epoch.

    `built` is what sessions start from; `replaced_image_id` is the one before it, from which a sandbox may still be starting.
    `asked_at` is when somebody last asked for it by hand, `looked_at` when the repository was last asked for changes, and
    `tried_at` when a build was last begun, of the commit `tried_sha`. `failures` counts the builds since the last one that
    gave a complete image, the one under way included; `error` says why the last one gave none that is better.
    """

    repository: ImageRepository
    built: BuiltImage | None
    built_at: float | None
    replaced_image_id: str | None
    asked_at: float | None
    looked_at: float | None
    tried_at: float | None
    tried_sha: str | None
    failures: int
    error: str | None


class RepositoryImages:
    """The repository images in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, repository_id: int) -> RepositoryImage | None:
        """That repository's row; None when no image of it was ever thought of."""
        found = await self._select(repository_images.c.repository_id == repository_id)
        return found[0] if found else None

    async def all(self) -> list[RepositoryImage]:
        """All of them, in the order of their repositories' names."""
        return await self._select(sa.true())

    async def wanted(self, since: float) -> list[ImageRepository]:
        """The repositories that had a job since then, the latest first, and those whose image somebody asked for."""
        repository = (sessions.c.repository_id, sessions.c.installation_id, sessions.c.repository)
        had_a_job = (
            sa.select(*repository)
            .join(jobs, jobs.c.session_id == sessions.c.id)
            .where(jobs.c.created_at > since)
            .group_by(*repository)
            .order_by(sa.func.max(jobs.c.created_at).desc())
        )
        was_asked_for = sa.select(
            repository_images.c.repository_id, repository_images.c.installation_id, repository_images.c.repository
        ).where(repository_images.c.asked_at > since)
        wanted: dict[int, ImageRepository] = {}
        async with self._database.read() as connection:
            for row in [*await connection.execute(had_a_job), *await connection.execute(was_asked_for)]:
                wanted.setdefault(row[0], ImageRepository(*row))
        return list(wanted.values())

    async def ask_for(self, repository: ImageRepository) -> None:
        """Somebody asks by hand for this repository's image."""
        await self._put(repository, sa.true(), asked_at=time.time())

    async def note_look(self, repository: ImageRepository) -> None:
        """The repository was asked for changes, and there was nothing to build."""
        await self._put(repository, sa.true(), looked_at=time.time())

    async def begin(self, repository: ImageRepository, sha: str, builder: str) -> bool:
        """Begin to build from that commit, as `builder`; False when another one is at it.

        It counts as a failure until its image is stored: a build that takes the process down is not tried again at once.
        """
        now = time.time()
        return await self._put(
            repository,
            sa.not_(held(now)),
            looked_at=now,
            tried_at=now,
            tried_sha=sha,
            failures=repository_images.c.failures + 1,
            builder=builder,
            builder_until=now + HOLD_SECONDS,
        )

    async def hold(self, builder: str) -> None:
        """The builder is still at work."""
        async with self._database.write() as connection:
            await connection.execute(
                sa.update(repository_images)
                .where(repository_images.c.builder == builder)
                .values(builder_until=time.time() + HOLD_SECONDS)
            )

    async def builders(self) -> frozenset[str]:
        """Those who are at work now."""
        query = sa.select(repository_images.c.builder).where(held(time.time()))
        async with self._database.read() as connection:
            return frozenset(await connection.scalars(query))

    async def store(self, builder: str, built: BuiltImage) -> bool:
        """The builder is done, and sessions start from its image now; False when another one has taken its place.

        The image so far is kept beside it, for sandboxes that are just starting from it; the one kept so far is forgotten.
        """
        return await self._end(
            builder,
            image_id=built.image_id,
            replaced_image_id=repository_images.c.image_id,
            sha=built.sha,
            size_bytes=built.size_bytes,
            built_at=time.time(),
            build_seconds=built.seconds,
            set_up=msgspec.to_builtins(built.set_up),
            error=None,
            **({"failures": 0} if built.complete else {}),
        )

    async def give_up(self, builder: str, error: str) -> bool:
        """The builder is done and has nothing better than what is there; False when another one has taken its place."""
        return await self._end(builder, error=error)

    async def forget_image(self, repository_id: int, image_id: str) -> None:
        """The image is gone, and the repository is looked at next; one that has taken its place is left alone."""
        which = sa.and_(repository_images.c.repository_id == repository_id, repository_images.c.image_id == image_id)
        async with self._database.write() as connection:
            await connection.execute(sa.update(repository_images).where(which).values(image_id=None, looked_at=None))

    async def remove(self, repository_id: int) -> None:
        """Forget the repository, unless somebody builds its image just now."""
        which = sa.and_(repository_images.c.repository_id == repository_id, sa.not_(held(time.time())))
        async with self._database.write() as connection:
            await connection.execute(sa.delete(repository_images).where(which))

    async def _put(self, repository: ImageRepository, only_if: sa.ColumnElement[bool], **changes: Any) -> bool:
        """Change the repository's row, making it if needed; False when `only_if` does not hold for it."""
        named = {"installation_id": repository.installation_id, "repository": repository.name}
        there = (
            self._database.insert(repository_images)
            .values(repository_id=repository.id, set_up=[], failures=0, **named)
            .on_conflict_do_update(index_elements=["repository_id"], set_=named)
        )
        which = sa.and_(repository_images.c.repository_id == repository.id, only_if)
        async with self._database.write() as connection:
            await connection.execute(there)
            done = await connection.execute(sa.update(repository_images).where(which).values(changes))
        return done.rowcount == 1

    async def _end(self, builder: str, **changes: Any) -> bool:
        mine = repository_images.c.builder == builder
        async with self._database.write() as connection:
            done = await connection.execute(
                sa.update(repository_images).where(mine).values(**changes, builder=None, builder_until=None)
            )
        return done.rowcount == 1

    async def _select(self, which: sa.ColumnElement[bool]) -> list[RepositoryImage]:
        query = sa.select(repository_images).where(which).order_by(repository_images.c.repository)
        async with self._database.read() as connection:
            return [from_row(row) for row in (await connection.execute(query)).mappings()]


def held(now: float) -> sa.ColumnElement[bool]:
    """Somebody builds that repository's image, and has said so lately."""
    return sa.and_(repository_images.c.builder.is_not(None), repository_images.c.builder_until > now)


def from_row(row: sa.RowMapping) -> RepositoryImage:
    built = None
    if row["image_id"] is not None:
        built = BuiltImage(
            image_id=row["image_id"],
            sha=row["sha"],
            size_bytes=row["size_bytes"],
            seconds=row["build_seconds"],
            set_up=msgspec.convert(row["set_up"], tuple[SetUpStep, ...]),
        )
    return RepositoryImage(
        repository=ImageRepository(row["repository_id"], row["installation_id"], row["repository"]),
        built=built,
        built_at=row["built_at"],
        replaced_image_id=row["replaced_image_id"],
        asked_at=row["asked_at"],
        looked_at=row["looked_at"],
        tried_at=row["tried_at"],
        tried_sha=row["tried_sha"],
        failures=row["failures"],
        error=row["error"],
    )
