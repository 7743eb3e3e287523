"""Runs a command to its end and keeps what it wrote, within a time and a size: the same for every backend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from sandbox.protocol import Completed, Process, SandboxError
from sandbox.time_limit import TimeLimit

# Ending a command is a command of its own on some backends; one that takes this long will not come to its end.
END_SECONDS = 120.0


async def completed(
    process: Process, what: str, *, timeout_seconds: float, max_bytes: int, may_be_ended: bool = True
) -> Completed:
    """How the command ended and what it wrote, of each stream the first `max_bytes`. One that takes longer than that is ended,
    unless it is what ends another: SandboxError, beginning with `what` it was."""
    reading = asyncio.gather(captured(process.stdout, max_bytes), captured(process.stderr, max_bytes), process.wait())
    try:
        async with TimeLimit(timeout_seconds):
            (out, out_cut), (err, err_cut), code = await reading
    except TimeoutError:
        took = f"{what} took longer than {timeout_seconds:g} s"
        if not may_be_ended:
            raise SandboxError(took) from None
        await _end(process, took)
        raise SandboxError(f"{took} and was ended") from None
    except asyncio.CancelledError:
        with suppress(SandboxError):  # of a sandbox that is gone too: what was asked for is to stop
            if may_be_ended:
                await _end(process, what)
        raise
    finally:
        reading.cancel()
    return Completed(exit_code=code, stdout=out, stderr=err, truncated=out_cut or err_cut)


async def _end(process: Process, what: str) -> None:
    """Raises SandboxError when it would not end within a bounded time."""
    try:
        async with TimeLimit(END_SECONDS):
            await process.kill()
    except TimeoutError:
        raise SandboxError(f"{what} and could not be ended") from None


async def captured(stream: AsyncIterator[bytes], max_bytes: int) -> tuple[bytes, bool]:
    """Read to the end, keep the first `max_bytes`; the second value says whether anything was dropped."""
    kept = bytearray()
    dropped = False
    async for chunk in stream:
        room = max_bytes - len(kept)
        kept += chunk[:room]
        dropped = dropped or len(chunk) > room
    return bytes(kept), dropped
