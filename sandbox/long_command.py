"""A command of the repository's, run in its sandbox for minutes: within a time, and with what it wrote kept within a size.

Both are held from outside. Within the sandbox `timeout` ends it as well, for the case that Harvest dies meanwhile; and what
was left behind so is ended when the next run begins. Commands may not see each other's processes: that one has come, and that
the other has gone, they learn from files.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sandbox.protocol import Sandbox
from sandbox.time_limit import TimeLimit

# Between TERM and KILL in the sandbox, and from then until it is ended from outside.
GRACE_SECONDS = 5.0
# What `timeout` ends with when it had to end the command: https://www.gnu.org/software/coreutils/timeout
ENDED_BY_TIMEOUT = frozenset({124, 137, -9, -15})
# One watches until it is told to end, or has: once a second.
LEFT_BEHIND_SECONDS = 1.0 + 2 * GRACE_SECONDS
_BEGIN = """
echo "$1" > "$TMPDIR/long-run"
flock -w "$2" "$TMPDIR/long-run.lock" true
"""
# The command takes the shell's place, and its process id.
_RUN = """
newest="$TMPDIR/long-run" own="$1"; shift
(
    flock -w 5 9
    while kill -0 $$; do
        now=; read -r now < "$newest"
        [ -z "$now" ] || [ "$now" = "$own" ] || kill $$
        sleep 1
    done
) 9> "$newest.lock" < /dev/null > /dev/null 2>&1 &
exec "$@" 2>&1
"""
MAX_HEAD_BYTES = 1024 * 1024
MAX_TAIL_BYTES = 3 * 1024 * 1024


@dataclass(frozen=True)
class LongRun:
    """How it went: `exit_code` None when it was ended at its time limit. `head` and `tail` are what it wrote, both streams as
    one; between them `left_out` bytes were dropped."""

    exit_code: int | None
    seconds: float
    head: bytes
    tail: bytes
    left_out: int

    @property
    def output(self) -> bytes:
        dropped = b"\n[%d bytes left out here]\n" % self.left_out if self.left_out else b""
        return self.head + dropped + self.tail


async def begin_run(sandbox: Sandbox) -> str:
    """Begin a run of one or more commands, one after the other; gives its name. Another one that still goes on in the sandbox,
    since whoever began it died, is ended first. Raises SandboxGone, SandboxError."""
    run = secrets.token_hex(8)
    await sandbox.run(["sh", "-c", _BEGIN, "sh", run, f"{LEFT_BEHIND_SECONDS:g}"])
    return run


async def run_long(sandbox: Sandbox, command: str, *, run: str, seconds: float) -> LongRun:
    """Run it by a shell in the workspace. It is ended when this is cancelled. Raises SandboxGone, SandboxError."""
    limited = ["timeout", "-k", f"{GRACE_SECONDS:g}", f"{seconds:.3f}", "sh", "-c", command]
    began = time.monotonic()
    process = await sandbox.start(["sh", "-c", _RUN, "sh", run, *limited])
    kept = _Kept()
    reading = asyncio.gather(kept.read(process.stdout), _Kept().read(process.stderr), process.wait())
    exit_code: int | None = None
    try:
        async with TimeLimit(seconds + 2 * GRACE_SECONDS):
            _, _, exit_code = await reading
    except TimeoutError:
        pass
    finally:
        reading.cancel()
        await process.kill()
    kept.cut()
    took = time.monotonic() - began
    if took >= seconds and exit_code in ENDED_BY_TIMEOUT:
        exit_code = None
    return LongRun(exit_code, took, bytes(kept.head), bytes(kept.tail), kept.left_out)


class _Kept:
    """The beginning and the end of a stream."""

    def __init__(self) -> None:
        self.head, self.tail, self.left_out = bytearray(), bytearray(), 0

    async def read(self, stream: AsyncIterator[bytes]) -> None:
        async for chunk in stream:
            room = MAX_HEAD_BYTES - len(self.head)
            self.head += chunk[:room]
            self.tail += chunk[max(room, 0) :]
            if len(self.tail) > 2 * MAX_TAIL_BYTES:  # seldom: it moves all of it
                self.cut()

    def cut(self) -> None:
        over = max(len(self.tail) - MAX_TAIL_BYTES, 0)
        del self.tail[:over]
        self.left_out += over
