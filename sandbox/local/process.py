"""One command of a local sandbox, from its start to its exit code. It is a process of its own: it outlives Harvest."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import IO

from sandbox.protocol import SandboxError

CHUNK_BYTES = 64 * 1024
# What bubblewrap makes of a signal is 128 + its number. 128 and 129 are git's own exit codes for errors.
FIRST_SIGNAL_CODE, LAST_SIGNAL_CODE = 130, 128 + 31
# What a command itself says at its end; above are those of `timeout`, a shell and bubblewrap when something else ended it.
# https://www.gnu.org/software/coreutils/manual/html_node/timeout-invocation.html
LAST_OWN_CODE = 123


class LocalProcess:
    """A started command. Made by `LocalProcess.start`, which must be called on the event loop."""

    def __init__(self, popen: subprocess.Popen[bytes], end_leftovers: Callable[[], object], *, contained: bool) -> None:
        self._popen = popen
        self._end_leftovers = end_leftovers
        self._contained = contained
        self._stdout: asyncio.StreamReader | None = None
        self._stderr: asyncio.StreamReader | None = None
        self._pipes: list[asyncio.ReadTransport] = []
        self._ended = asyncio.ensure_future(self._watch(os.pidfd_open(popen.pid)))

    @classmethod
    async def start(
        cls,
        argv: Sequence[str],
        *,
        cwd: str | None,
        env: Mapping[str, str],
        stdin: bytes,
        detached: bool,
        end_leftovers: Callable[[], object],
        contained: bool = False,
        inherits: Sequence[int] = (),
    ) -> LocalProcess:
        """Start it in a session of its own, with the open files of `inherits`. `end_leftovers` is called in a thread when it
        has ended; not for one that is `contained` and came to its own end, since the kernel then ends what it left behind."""
        output = subprocess.DEVNULL if detached else subprocess.PIPE
        try:
            with _as_file(stdin) as source:
                # On the loop, as asyncio's own does: it takes a millisecond, and can't be cancelled half-way.
                popen = subprocess.Popen(  # noqa: ASYNC220
                    argv,
                    cwd=cwd,
                    env=dict(env),
                    stdin=source,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    pass_fds=inherits,
                )
        except OSError as error:
            raise SandboxError(f"can't start {argv[0]} in {cwd or 'its folder'}: {error.strerror or error}") from error
        process = cls(popen, end_leftovers, contained=contained)
        if popen.stdout is not None and popen.stderr is not None:
            try:
                process._stdout = await process._open(popen.stdout)
                process._stderr = await process._open(popen.stderr)
            except asyncio.CancelledError:
                await process.kill()
                raise
        return process

    @property
    def stdout(self) -> AsyncIterator[bytes]:
        return _chunks(self._stdout)

    @property
    def stderr(self) -> AsyncIterator[bytes]:
        return _chunks(self._stderr)

    async def wait(self) -> int:
        code = await asyncio.shield(self._ended)
        return 128 - code if FIRST_SIGNAL_CODE <= code <= LAST_SIGNAL_CODE else code

    async def kill(self) -> None:
        if not self._ended.done():
            await asyncio.to_thread(self._end_leftovers)
            await self.wait()
        for pipe in self._pipes:
            pipe.close()

    async def _open(self, pipe: IO[bytes]) -> asyncio.StreamReader:
        reader = asyncio.StreamReader(limit=CHUNK_BYTES)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        self._pipes.append(transport)
        return reader

    async def _watch(self, descriptor: int) -> int:
        """Wait for the end without a thread, then end what the command left running: its output ends only then."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        loop.add_reader(descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
        code = self._popen.wait()
        if not self._contained or not 0 <= code <= LAST_OWN_CODE:
            await asyncio.to_thread(self._end_leftovers)
        return code


def _as_file(data: bytes) -> IO[bytes]:
    """The bytes as an open file in memory: no task that must live to feed a pipe, and a secret never touches the disk."""
    if not data:
        return open(os.devnull, "rb")
    file = os.fdopen(os.memfd_create("stdin"), "w+b")
    file.write(data)
    file.seek(0)
    return file


async def _chunks(reader: asyncio.StreamReader | None) -> AsyncIterator[bytes]:
    while reader is not None and (chunk := await reader.read(CHUNK_BYTES)):
        yield chunk
