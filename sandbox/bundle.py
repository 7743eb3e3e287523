"""Commits on their way out of a sandbox: a git bundle of one ref, streamed to a file on Harvest's side.

https://git-scm.com/docs/git-bundle
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from sandbox.git import LOCAL_GIT_SECONDS, git_environment
from sandbox.protocol import Sandbox
from sandbox.sizes import megabytes
from sandbox.time_limit import TimeLimit

# The one ref in a bundle, there and in the clean repository that takes it in.
BUNDLE_REF = "refs/harvest/collected"

# Far more than a change that a person can review; packed, so a source tree of a few hundred MB fits.
MAX_BUNDLE_BYTES = 64 * 1024 * 1024


class CollectError(Exception):
    """The agent's work can't be brought out; the message is a sentence for the person who asked."""


class RepositoryDamaged(CollectError):
    """There is no repository in the workspace any more, or git can't read it."""


class WorkTooLarge(CollectError):
    """A file, or all of it, is over the limit."""


_BUNDLE = 'git update-ref --no-deref "$1" "$2"; exec git bundle create --quiet - "$1" "$3" "$4"'


async def stream_bundle(
    sandbox: Sandbox, head: str, without: tuple[str, str], into: Path, *, max_bytes: int = MAX_BUNDLE_BYTES
) -> None:
    """Write the commits up to `head`, without those of two others, to the file `into` on Harvest's side, whole or not at all.

    `git bundle create` goes straight to the file; neither side holds it in memory or on a second disk. Raises WorkTooLarge,
    RepositoryDamaged, SandboxError.
    """
    argv = ["sh", "-ec", _BUNDLE, "sh", BUNDLE_REF, head, *(f"^{sha}" for sha in without)]
    partial = into.with_name(f"{into.name}.part")
    process = await sandbox.start(argv, env=git_environment(sandbox))
    complaint = asyncio.ensure_future(_tail(process.stderr))
    try:
        async with TimeLimit(LOCAL_GIT_SECONDS):
            written = await _write_capped(process.stdout, partial, max_bytes)
            if written > max_bytes:
                raise WorkTooLarge(
                    f"the agent's commits come to more than {megabytes(max_bytes)}: nothing was pushed. "
                    "Ask for a smaller change, or for generated files to be left out"
                )
            exit_code = await process.wait()
            if exit_code != 0:
                raise RepositoryDamaged(f"git could not pack the agent's commits ({await complaint}): ask again")
        partial.replace(into)  # a bundle of that name is a whole one
    except TimeoutError as error:
        limit = f"packing the agent's commits took more than {LOCAL_GIT_SECONDS} s"
        raise WorkTooLarge(f"{limit}: ask for a smaller change") from error
    finally:
        await process.kill()
        complaint.cancel()
        partial.unlink(missing_ok=True)


async def _write_capped(stream: AsyncIterator[bytes], into: Path, limit: int) -> int:
    """Write the stream to the file until its end or just past `limit` bytes; how many were read."""
    read = 0
    with into.open("wb") as file:
        async for piece in stream:
            read += len(piece)
            if read > limit:
                break
            await asyncio.to_thread(file.write, piece)
    return read


async def _tail(stream: AsyncIterator[bytes]) -> str:
    """The last words of a stream that is read to its end."""
    kept = b""
    async for piece in stream:
        kept = (kept + piece)[-500:]
    return kept.decode("utf-8", "replace").strip()
