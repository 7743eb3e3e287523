"""One process in a sandbox, its entrypoint or an exec: output to read, standard input to write, an end to wait for."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import termios
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass

from grpclib import GRPCError, Status

from emulators.modal.output import OutputLog

_READ_BYTES = 64 * 1024


@dataclass(frozen=True)
class HowToRun:
    """A ready command line for this computer, and how its streams are connected. `time_limit` is in seconds, 0 for none."""

    argv: Sequence[str]
    env: Mapping[str, str]
    pty: bool = False
    keep_stdout: bool = True
    keep_stderr: bool = True
    time_limit: float = 0.0
    pass_fds: Sequence[int] = ()
    cwd: str | None = None


class Command:
    """A running or finished process."""

    def __init__(self, process: asyncio.subprocess.Process, terminal: int | None) -> None:
        self.process = process
        self.stdout = OutputLog()
        self.stderr = OutputLog()
        self.stdin_written = 0
        self.stdin_closed = False
        self._terminal = terminal
        self._stdin_lock = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def start(cls, how: HowToRun) -> Command:
        """Start it as the leader of its own group."""
        if how.pty:
            return await cls._start_on_terminal(how)
        pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *how.argv,
            env=dict(how.env),
            cwd=how.cwd,
            stdin=pipe,
            stdout=pipe if how.keep_stdout else nowhere,
            stderr=pipe if how.keep_stderr else nowhere,
            start_new_session=True,
            pass_fds=how.pass_fds,
        )
        command = cls(process, None)
        for log, reader in ((command.stdout, process.stdout), (command.stderr, process.stderr)):
            command._spawn(log.feed(reader) if reader else log.finish())
        command._limit(how.time_limit)
        return command

    @classmethod
    async def _start_on_terminal(cls, how: HowToRun) -> Command:
        master, slave = os.openpty()
        process = await asyncio.create_subprocess_exec(
            *how.argv,
            env=dict(how.env),
            cwd=how.cwd,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            pass_fds=how.pass_fds,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        command = cls(process, master)
        command._spawn(command._read_terminal(master))
        command._spawn(command.stderr.finish())
        command._limit(how.time_limit)
        return command

    async def _read_terminal(self, master: int) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                try:
                    chunk = await loop.run_in_executor(None, os.read, master, _READ_BYTES)
                except OSError:  # EIO: nobody has the terminal open any more
                    break
                await self.stdout.append(chunk)
        finally:
            await self.stdout.finish()
            self._terminal = None
            os.close(master)

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    def status(self) -> dict[str, int]:
        """`{}` while it runs, else `{"code": n}` or `{"signal": n}`: the fields of Modal's answers."""
        code = self.process.returncode
        if code is None:
            return {}
        return {"signal": -code} if code < 0 else {"code": code}

    async def wait(self) -> int:
        return await self.process.wait()

    async def drained(self) -> None:
        """Wait until its output has ended too."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def kill(self) -> None:
        """Kill it with its group; a finished one is left alone."""
        if self.running:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return  # it ended in this very moment

    async def write_stdin(self, offset: int, data: bytes, eof: bool) -> None:
        """Write what lies past `stdin_written`; a repeated write is no second write. A gap is INVALID_ARGUMENT, a process
        that has closed its input FAILED_PRECONDITION."""
        async with self._stdin_lock:
            if offset > self.stdin_written:
                raise GRPCError(Status.INVALID_ARGUMENT, f"offset {offset} is past the {self.stdin_written} bytes written")
            fresh = data[self.stdin_written - offset :]
            self.stdin_written += len(fresh)
            try:
                await self._write(fresh, eof)
            except (ConnectionError, OSError) as error:
                raise GRPCError(Status.FAILED_PRECONDITION, f"the process has closed its standard input: {error}") from error

    async def _write(self, data: bytes, eof: bool) -> None:
        if self._terminal is not None:
            os.write(self._terminal, data + (b"\x04" if eof else b""))
            return
        stdin = self.process.stdin
        if stdin is None or self.stdin_closed:
            return
        if data:
            stdin.write(data)
            await stdin.drain()
        if eof:
            self.stdin_closed = True
            stdin.close()

    def _limit(self, seconds: float) -> None:
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self.kill)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.append(asyncio.create_task(work))
