"""One command in a Modal sandbox: its streams, its end, and a way to end it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from sandbox.modal.errors import told_as_sandbox_errors
from sandbox.protocol import SandboxGone

if TYPE_CHECKING:
    from modal.container_process import ContainerProcess
    from modal.io_streams import StreamReader

# A process that a signal ended is reported as 128 and the signal's number; 128 and 129 are git's own codes for errors.
_KILLED_CODE = 128 + 9
_FIRST_SIGNAL_CODE, _LAST_SIGNAL_CODE = 130, 128 + 31

# What the SDK buffers before it wants to be drained is 16 MiB.
_STDIN_CHUNK_BYTES = 4 * 1024 * 1024


class ModalProcess:
    """A started command. `end` kills it and what it started; `check_alive` raises SandboxGone when the sandbox has ended."""

    def __init__(
        self,
        name: str,
        process: ContainerProcess[bytes],
        *,
        end: Callable[[], Awaitable[None]],
        check_alive: Callable[[], Awaitable[None]],
        detached: bool,
    ) -> None:
        self._name = name
        self._process = process
        self._end = end
        self._check_alive = check_alive
        self._killed = False
        self._detached = detached
        self._code: int | None = None
        self._feeding: asyncio.Task[None] | None = None

    async def feed(self, data: bytes) -> None:
        """Give it its standard input, once: in the background, since it may write before it reads. A detached one gets all
        of it before this returns, so that it does not depend on Harvest any more."""
        if data:
            self._feeding = asyncio.create_task(self._feed(data))
            if self._detached:
                await self._feeding

    @property
    def stdout(self) -> AsyncIterator[bytes]:
        return self._chunks(self._process.stdout)

    @property
    def stderr(self) -> AsyncIterator[bytes]:
        return self._chunks(self._process.stderr)

    async def wait(self) -> int:
        if self._code is None:
            try:
                with told_as_sandbox_errors(f"waiting for {self._name}", inside=True):
                    code = await self._process.wait.aio()
            except SandboxGone:
                await self._check_alive()  # it may know why
                raise
            if self._feeding is not None:
                self._feeding.cancel()
            if code == _KILLED_CODE and not self._killed:
                await self._check_alive()  # nobody here killed it: it may have ended with its sandbox
            self._code = 128 - code if _FIRST_SIGNAL_CODE <= code <= _LAST_SIGNAL_CODE else code
        return self._code

    async def kill(self) -> None:
        if self._code is not None:
            return
        with told_as_sandbox_errors(f"looking whether {self._name} has ended", inside=True):
            running = await self._process.poll.aio() is None
        if running:
            self._killed = True
            await self._end()
        await self.wait()

    async def _feed(self, data: bytes) -> None:
        import modal.exception

        # A command that ends without reading is no error; that the sandbox is gone is seen by whoever waits for the command.
        with contextlib.suppress(modal.exception.Error):
            for start in range(0, len(data), _STDIN_CHUNK_BYTES):
                self._process.stdin.write(data[start : start + _STDIN_CHUNK_BYTES])
                if start + _STDIN_CHUNK_BYTES >= len(data):
                    self._process.stdin.write_eof()
                await self._process.stdin.drain.aio()

    async def _chunks(self, stream: StreamReader[bytes]) -> AsyncIterator[bytes]:
        if self._detached:
            return
        with told_as_sandbox_errors(f"reading the output of {self._name}", inside=True):
            async for chunk in stream:
                yield chunk
