"""What a process has written so far, readable from any offset by any number of readers, again and again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from grpclib import GRPCError, Status

# How far a process may run ahead of its reader, and how far back a reader may go again after a cut.
WINDOW_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024


class OutputLog:
    """A window over one output stream. A process that nobody reads blocks once it is full, as on a pipe."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._start = 0
        self._furthest_read = 0
        self._ended = False
        self._changed = asyncio.Condition()

    @property
    def end(self) -> int:
        """The offset after the last byte written."""
        return self._start + len(self._data)

    def text(self) -> str:
        """All that is kept, as text."""
        return self._data.decode(errors="replace")

    async def feed(self, reader: asyncio.StreamReader) -> None:
        """Take in a process's output to its end."""
        try:
            while chunk := await reader.read(_CHUNK_BYTES):
                await self.append(chunk)
        finally:
            await self.finish()

    async def append(self, chunk: bytes) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self.end - self._furthest_read < WINDOW_BYTES)
            self._data += chunk
            surplus = self._furthest_read - WINDOW_BYTES - self._start
            if surplus > 0:
                del self._data[:surplus]
                self._start += surplus
            self._changed.notify_all()

    async def finish(self) -> None:
        async with self._changed:
            self._ended = True
            self._changed.notify_all()

    async def read(self, offset: int) -> AsyncIterator[tuple[int, bytes]]:
        """Yields `(offset, chunk)` from `offset` on until the stream ends; OUT_OF_RANGE when that far back is gone."""
        while True:
            async with self._changed:
                while not self._ended and self.end <= offset:
                    await self._changed.wait()
                if offset < self._start:
                    raise GRPCError(Status.OUT_OF_RANGE, f"output before offset {self._start} is no longer kept")
                chunk = bytes(self._data[offset - self._start : offset - self._start + _CHUNK_BYTES])
                self._furthest_read = max(self._furthest_read, offset + len(chunk))
                self._changed.notify_all()
            if not chunk:
                return
            yield offset, chunk
            offset += len(chunk)
