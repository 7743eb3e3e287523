"""What is kept under a key is there whole, as it was put last: in a folder, in a database and in a bucket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from state.artifacts import (
    CHUNK_BYTES,
    MAX_ARTIFACT_BYTES,
    Artifacts,
    ArtifactsAway,
    ArtifactTooLarge,
    DatabaseArtifacts,
    FolderArtifacts,
)
from state.database import Database
from state.holding import MovedOn, held_by
from state.s3_artifacts import S3Artifacts
from tests.s3_service import S3Service, running_s3


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Service]:
    with running_s3(tmp_path_factory.mktemp("s3")) as service:
        yield service


@pytest.fixture(params=["folder", "database", "bucket"])
async def artifacts(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Artifacts]:
    """An empty place for artifacts, of each kind in turn."""
    match request.param:
        case "folder":
            yield FolderArtifacts(tmp_path / "artifacts")
        case "database":
            database = await Database.open(request.getfixturevalue("shared_url"))
            async with database.write() as connection:
                await connection.execute(sa.text("TRUNCATE artifacts, artifact_chunks"))
            yield DatabaseArtifacts(database)
            await database.close()
        case "bucket":
            yield S3Artifacts(replace(request.getfixturevalue("s3").bucket, prefix=f"harvest/{tmp_path.name.strip('_')}"))


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
        # A bucket may break off what is replaced: whoever reads it asks again.
        with suppress(ArtifactsAway):
            assert await artifacts.get("saved/s1.bundle", tmp_path / f"got-{number}")
            return (tmp_path / f"got-{number}").read_bytes()
        assert await artifacts.get("saved/s1.bundle", tmp_path / f"got-{number}")
        return (tmp_path / f"got-{number}").read_bytes()

    *seen, _ = await asyncio.gather(*(read(number) for number in range(4)), artifacts.put("saved/s1.bundle", tmp_path / "b"))
    contents = {(tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()}
    assert set(seen) <= contents
    assert await read(9) == (tmp_path / "b").read_bytes()


async def test_what_is_listed_is_all_that_begins_like_this_the_oldest_first(artifacts: Artifacts, tmp_path: Path) -> None:
    for key in ("saved/s2.bundle", "saved/s1.bundle", "saved/t1.bundle", "collected/s1.bundle"):
        await artifacts.put(key, file_of(tmp_path, b"content"))
        await asyncio.sleep(0.002)  # a file's time is not finer than that everywhere
    assert [each.key for each in await artifacts.list("saved/s")] == ["saved/s2.bundle", "saved/s1.bundle"]
    assert len(await artifacts.list("saved/")) == 3
    assert len(await artifacts.list()) == 4
    assert all(abs(each.stored_at - time.time()) < 60 for each in await artifacts.list())


@pytest.mark.parametrize("key", ["", "saved", "../x", "saved/../x", "saved//x", "/etc/passwd", "saved/.x", "saved/x\n"])
async def test_what_is_no_key_is_refused(artifacts: Artifacts, tmp_path: Path, key: str) -> None:
    for refused in (artifacts.put(key, tmp_path / "x"), artifacts.get(key, tmp_path / "x"), artifacts.delete(key)):
        with pytest.raises((ValueError, OSError)):
            await refused


@pytest.mark.parametrize("artifacts", ["database", "bucket"], indirect=True)
async def test_what_is_too_large_is_not_kept(artifacts: Artifacts, tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as large:
        large.truncate(MAX_ARTIFACT_BYTES + 1)
    with pytest.raises(ArtifactTooLarge):
        await artifacts.put("saved/large.bundle", tmp_path / "large")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"name": "nowhere"}, "NoSuchBucket"),
        ({"secret_access_key": "another"}, "SignatureDoesNotMatch"),
        ({"endpoint": "http://127.0.0.1:9"}, "error sending request"),
    ],
)
async def test_a_bucket_that_can_not_be_used_is_away_and_nothing_is_taken_for_missing(
    s3: S3Service, tmp_path: Path, changed: dict[str, str], why: str
) -> None:
    artifacts = S3Artifacts(replace(s3.bucket, **changed))
    file, key = file_of(tmp_path, b"content"), "saved/s1.bundle"
    for use in (
        lambda: artifacts.put(key, file),
        lambda: artifacts.get(key, tmp_path / "got"),
        lambda: artifacts.list("saved/"),
    ):
        with pytest.raises(ArtifactsAway, match=why) as told:
            await use()
        assert "127.0.0.1" not in str(told.value)


async def test_a_node_that_was_taken_for_dead_writes_nothing_into_a_bucket(s3: S3Service, tmp_path: Path) -> None:
    async def moved_on() -> None:
        raise MovedOn

    artifacts = S3Artifacts(replace(s3.bucket, prefix="moved"))
    await artifacts.put("saved/s1.bundle", file_of(tmp_path, b"what the other node put"))
    with held_by(moved_on):
        for effect in (artifacts.put("saved/s1.bundle", file_of(tmp_path, b"late")), artifacts.delete("saved/s1.bundle")):
            with pytest.raises(MovedOn):
                await effect
    assert await artifacts.get("saved/s1.bundle", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == b"what the other node put"


async def test_a_bucket_that_answers_with_more_than_was_put_fills_no_disk(
    s3: S3Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifacts = S3Artifacts(replace(s3.bucket, prefix="grown"))
    await artifacts.put("saved/s1.bundle", file_of(tmp_path, b"content"))
    monkeypatch.setattr("state.s3_artifacts.MAX_ARTIFACT_BYTES", 6)
    with pytest.raises(ArtifactsAway, match=r"saved/s1\.bundle is more than was ever put there"):
        await artifacts.get("saved/s1.bundle", tmp_path / "got" / "it")
    assert list((tmp_path / "got").iterdir()) == []
