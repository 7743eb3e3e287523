"""Artifacts in a bucket of Amazon S3, or of anything that speaks its protocol (MinIO, Ceph, Cloudflare R2 …).

The library is imported when it is used: most have no bucket. https://developmentseed.org/obstore/latest/
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from state.artifacts import KEY, MAX_ARTIFACT_BYTES, Artifact, ArtifactsAway, ArtifactTooLarge, checked, part_of
from state.bucket import Bucket
from state.holding import EFFECT_SECONDS, must_be_ours

if TYPE_CHECKING:
    from obstore.store import S3Store

READ_BYTES = 1024 * 1024
# What the largest artifact takes on a line that is too slow to write it.
REQUEST_SECONDS = 60
CONNECT_SECONDS = 5
RETRIES = 2

ANSWERED = re.compile(r"<Code>([^<]*)</Code>\s*<Message>([^<]*)</Message>")
# A bucket that is not there is told by the same error as a key that is not.
NO_BUCKET = "<Code>NoSuchBucket</Code>"


class S3Artifacts:
    """In a bucket, an object each: it is there whole or not at all, and whoever reads it reads one of those that were put."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._opened: S3Store | None = None

    async def put(self, key: str, file: Path) -> None:
        # In one request: a crash in the middle of several would leave parts behind that nobody sees and everybody pays for.
        if (size := (await asyncio.to_thread(file.stat)).st_size) > MAX_ARTIFACT_BYTES:
            raise ArtifactTooLarge(f"{key}: {size} bytes are more than {MAX_ARTIFACT_BYTES}")
        content = await asyncio.to_thread(file.read_bytes)
        store = self._store()
        await must_be_ours()
        with _told("written"):
            async with asyncio.timeout(EFFECT_SECONDS):
                await store.put_async(checked(key), content, use_multipart=False)

    async def get(self, key: str, into: Path) -> bool:
        try:
            with _told("read"):
                found = await self._store().get_async(checked(key))
        except FileNotFoundError:
            return False
        await asyncio.to_thread(into.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
        partial = part_of(into)
        try:
            with partial.open("wb") as file, _told("read"):
                size = 0
                async for piece in found.stream(min_chunk_size=READ_BYTES):
                    if (size := size + len(piece)) > MAX_ARTIFACT_BYTES:
                        raise ArtifactsAway(f"{key} is more than was ever put there: {MAX_ARTIFACT_BYTES} bytes at most")
                    await asyncio.to_thread(file.write, piece)
            await asyncio.to_thread(partial.replace, into)
        finally:
            await asyncio.to_thread(partial.unlink, missing_ok=True)
        return True

    async def delete(self, key: str) -> None:
        store = self._store()
        await must_be_ours()
        with _told("deleted"):
            async with asyncio.timeout(EFFECT_SECONDS):
                with suppress(FileNotFoundError):
                    await store.delete_async(checked(key))

    async def list(self, prefix: str = "") -> Sequence[Artifact]:
        folder, found = prefix.rpartition("/")[0], []
        with _told("listed"):
            async for page in self._store().list_async(folder or None):
                found += [Artifact(each["path"], each["size"], each["last_modified"].timestamp()) for each in page]
        kept = [each for each in found if each.key.startswith(prefix) and KEY.fullmatch(each.key)]
        return sorted(kept, key=lambda each: (each.stored_at, each.key))

    def _store(self) -> S3Store:
        if self._opened is None:
            from datetime import timedelta

            from obstore.store import S3Store

            bucket = self._bucket
            given = {
                "endpoint": bucket.endpoint,
                "region": bucket.region,
                "access_key_id": bucket.access_key_id,
                "secret_access_key": bucket.secret_access_key,
                "session_token": bucket.session_token,
            }
            self._opened = S3Store(
                bucket.name,
                prefix=bucket.prefix or None,
                config={name: value for name, value in given.items() if value is not None},  # type: ignore[arg-type]
                client_options={
                    "timeout": timedelta(seconds=REQUEST_SECONDS),
                    "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                    "allow_http": (bucket.endpoint or "").startswith("http://"),
                },
                retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=REQUEST_SECONDS)},
                # Not everything that speaks the protocol can delete several at once.
                disable_bulk_delete=True,
            )
        return self._opened


@contextmanager
def _told(done: str) -> Iterator[None]:
    """What keeps the bucket from answering comes out as ArtifactsAway; that there is no such key, as FileNotFoundError."""
    from obstore.exceptions import BaseError

    try:
        yield
    except TimeoutError as slow:
        raise ArtifactsAway(f"the bucket could not be {done} in {EFFECT_SECONDS:.0f} s") from slow
    except (BaseError, FileNotFoundError) as problem:
        if isinstance(problem, FileNotFoundError) and NO_BUCKET not in str(problem):
            raise
        raise ArtifactsAway(f"the bucket could not be {done}: {_reason(str(problem))}") from problem


def _reason(said: str) -> str:
    """What the server answered, else what became of the request; without addresses, for people read it who may not know
    them. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""
    if answered := ANSWERED.search(said):
        return f"{answered[1]}: {answered[2]}"
    return " ".join(said.partition("\n\nDebug source:")[0].rpartition(" - ")[2].split())
