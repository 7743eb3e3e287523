"""What a job leaves for whoever goes on with it: files by key, kept whole or not at all. By default a folder of the state
directory; on Postgres the database itself, so that any node finds them; a bucket (`s3_artifacts.py`) where one is set.

This file knows nothing of what the files are. A key reads like a path: `saved/<session>.bundle`.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from state.columns import Seconds
from state.database import Database
from state.tables import metadata

KEY = re.compile(r"[a-z0-9-]+(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")
# What comes out of a sandbox in one piece is no larger (sandbox/bundle.py), and a transaction that writes it takes a second.
MAX_ARTIFACT_BYTES = 64 * 1024 * 1024
# A row of this size is read and written without being noticed in the memory of either side.
CHUNK_BYTES = 1024 * 1024

artifacts = sa.Table(
    "artifacts",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    # A name for this content: chunks of another one are never taken for its own.
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("stored_at", Seconds, nullable=False),
)
artifact_chunks = sa.Table(
    "artifact_chunks",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)


class ArtifactTooLarge(Exception):
    """A file that is over MAX_ARTIFACT_BYTES is not kept."""


class ArtifactsAway(Exception):
    """The place for files does not answer, or not as it should; the message says why. The same may succeed later."""


@dataclass(frozen=True)
class Artifact:
    """One kept file; `stored_at` in seconds since the epoch."""

    key: str
    size_bytes: int
    stored_at: float


class Artifacts(Protocol):
    """A place for files. Everything can be repeated; what is put twice is there as it was put last. All raise ArtifactsAway
    where that is another program, which can be away."""

    async def put(self, key: str, file: Path) -> None:
        """Keep a copy of the file under this key. Raises ValueError for what is no key, ArtifactTooLarge, OSError."""
        ...

    async def get(self, key: str, into: Path) -> bool:
        """Write what is kept under this key to the file `into`, whose folder is made if needed; False when nothing is."""
        ...

    async def delete(self, key: str) -> None:
        """Keep it no longer. What is not there is no error."""
        ...

    async def list(self, prefix: str = "") -> Sequence[Artifact]:
        """What is kept under keys that begin like this, the oldest first."""
        ...


def artifacts_of(database: Database, state_dir: Path) -> Artifacts:
    """The place that goes with this database, where no other is set."""
    return FolderArtifacts(state_dir / "artifacts") if database.dialect == "sqlite" else DatabaseArtifacts(database)


class FolderArtifacts:
    """In a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, file: Path) -> None:
        place = self._folder / checked(key)
        await asyncio.to_thread(copy_whole, file, place)

    async def get(self, key: str, into: Path) -> bool:
        try:
            await asyncio.to_thread(copy_whole, self._folder / checked(key), into)
        except FileNotFoundError:
            return False
        return True

    async def delete(self, key: str) -> None:
        await asyncio.to_thread((self._folder / checked(key)).unlink, missing_ok=True)

    async def list(self, prefix: str = "") -> Sequence[Artifact]:
        return await asyncio.to_thread(self._list, prefix)

    def _list(self, prefix: str) -> Sequence[Artifact]:
        found = []
        for file in self._folder.rglob("*"):
            key = file.relative_to(self._folder).as_posix()
            if key.startswith(prefix) and KEY.fullmatch(key) and file.is_file():
                found.append(Artifact(key, file.stat().st_size, file.stat().st_mtime))
        return sorted(found, key=lambda each: (each.stored_at, each.key))


class DatabaseArtifacts:
    """In a database, a row for each megabyte."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, key: str, file: Path) -> None:
        version, size = secrets.token_hex(8), (await asyncio.to_thread(file.stat)).st_size
        if size > MAX_ARTIFACT_BYTES:
            raise ArtifactTooLarge(f"{key}: {size} bytes are more than {MAX_ARTIFACT_BYTES}")
        row = {"version": version, "size_bytes": size, "stored_at": time.time()}
        new = self._database.insert(artifacts).values(key=checked(key), **row)
        others = sa.and_(artifact_chunks.c.key == key, artifact_chunks.c.version != version)
        async with self._database.write() as connection:
            # First, so that of two who put at once one waits here for the other.
            await connection.execute(new.on_conflict_do_update(index_elements=["key"], set_=row))
            with file.open("rb") as content:
                number = 0
                while piece := await asyncio.to_thread(content.read, CHUNK_BYTES):
                    chunk = {"key": key, "version": version, "number": number, "content": piece}
                    await connection.execute(sa.insert(artifact_chunks).values(chunk))
                    number += 1
            await connection.execute(sa.delete(artifact_chunks).where(others))

    async def get(self, key: str, into: Path) -> bool:
        while True:
            async with self._database.read() as connection:
                row = (await connection.execute(sa.select(artifacts).where(artifacts.c.key == checked(key)))).one_or_none()
            if row is None:
                return False
            if await self._read(key, row.version, row.size_bytes, into):
                return True

    async def _read(self, key: str, version: str, size: int, into: Path) -> bool:
        """False when another content has taken its place meanwhile."""
        await asyncio.to_thread(into.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
        partial = part_of(into)
        chunk = sa.select(artifact_chunks.c.content).where(artifact_chunks.c.key == key, artifact_chunks.c.version == version)
        read, number = 0, 0
        try:
            with partial.open("wb") as file:
                while read < size:
                    async with self._database.read() as connection:
                        piece: bytes | None = await connection.scalar(chunk.where(artifact_chunks.c.number == number))
                    if piece is None:
                        return False
                    await asyncio.to_thread(file.write, piece)
                    read, number = read + len(piece), number + 1
            await asyncio.to_thread(partial.replace, into)
        finally:
            await asyncio.to_thread(partial.unlink, missing_ok=True)
        return True

    async def delete(self, key: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.delete(artifacts).where(artifacts.c.key == checked(key)))
            await connection.execute(sa.delete(artifact_chunks).where(artifact_chunks.c.key == key))

    async def list(self, prefix: str = "") -> Sequence[Artifact]:
        query = sa.select(artifacts.c.key, artifacts.c.size_bytes, artifacts.c.stored_at)
        which = query.where(artifacts.c.key.startswith(prefix, autoescape=True))
        async with self._database.read() as connection:
            rows = await connection.execute(which.order_by(artifacts.c.stored_at, artifacts.c.key))
            return [Artifact(*row) for row in rows]


def checked(key: str) -> str:
    """The key, if it is one. Raises ValueError."""
    if KEY.fullmatch(key) is None:
        raise ValueError(f"{key!r} is no key of an artifact")
    return key


def copy_whole(file: Path, into: Path) -> None:
    """Copy the file; under the new name it is there whole or not at all. Blocks."""
    into.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = part_of(into)
    try:
        shutil.copyfile(file, partial)
        partial.replace(into)
    finally:
        partial.unlink(missing_ok=True)


def part_of(file: Path) -> Path:
    """A name beside it, for what is not whole yet. It is no key's."""
    return file.with_name(f".{file.name}.{secrets.token_hex(4)}")
