"""What is kept under a key is there whole, as it was put last, in a folder and in a database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from state.artifacts import CHUNK_BYTES, MAX_ARTIFACT_BYTES, Artifacts, ArtifactTooLarge, DatabaseArtifacts, artifacts_of
from state.database import Database


@pytest.fixture
def artifacts(database: Database, tmp_path: Path) -> Artifacts:
    return artifacts_of(database, tmp_path)


def file_of(folder: Path, content: bytes) -> Path:
    file = folder / "file"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 7])
async def test_what_is_put_is_there_until_it_is_deleted(artifacts: Artifacts, tmp_path: Path, size: int) -> None:
    content, got = bytes(range(256)) * (size // 256 + 1), tmp_path / "new folder" / "got"
    await artifacts.put("saved/s1.bundle", file_of(tmp_path, content[:size]))
    assert await artifacts.get("saved/s1.bundle", got)
    assert got.read_bytes() == content[:size]
    assert [(each.key, each.size_bytes) for each in await artifacts.list("saved/")] == [("saved/s1.bundle", size)]
    assert await artifacts.list("collected/") == []
    for _ in range(2):
        await artifacts.delete("saved/s1.bundle")
    got.unlink()
    assert not await artifacts.get("saved/s1.bundle", got)
    assert not got.exists()
    assert await artifacts.list() == []


async def test_what_is_put_last_counts_and_whoever_reads_meanwhile_gets_one_of_both(
    artifacts: Artifacts, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"a" * (3 * CHUNK_BYTES))
    (tmp_path / "b").write_bytes(b"b" * (2 * CHUNK_BYTES))
    await artifacts.put("saved/s1.bundle", tmp_path / "a")

    async def read(number: int) -> bytes:
        assert await artifacts.get("saved/s1.bundle", tmp_path / f"got-{number}")
        return (tmp_path / f"got-{number}").read_bytes()

    *seen, _ = await asyncio.gather(*(read(number) for number in range(4)), artifacts.put("saved/s1.bundle", tmp_path / "b"))
    contents = {(tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()}
    assert set(seen) <= contents
    assert await read(9) == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("key", ["", "saved", "../x", "saved/../x", "saved//x", "/etc/passwd", "saved/.x", "saved/x\n"])
async def test_what_is_no_key_is_refused(artifacts: Artifacts, tmp_path: Path, key: str) -> None:
    for refused in (artifacts.put(key, tmp_path / "x"), artifacts.get(key, tmp_path / "x"), artifacts.delete(key)):
        with pytest.raises((ValueError, OSError)):
            await refused


async def test_a_database_keeps_nothing_that_is_too_large(shared_url: str, tmp_path: Path) -> None:
    database = await Database.open(shared_url)
    with (tmp_path / "large").open("wb") as large:
        large.truncate(MAX_ARTIFACT_BYTES + 1)
    with pytest.raises(ArtifactTooLarge):
        await DatabaseArtifacts(database).put("saved/large.bundle", tmp_path / "large")
    await database.close()
