"""One run of the agent in a sandbox, as Harvest sees it: follow its events, speak to it, stop it, see how it ended.

Written against the sandbox protocol alone. The run belongs to the supervisor in the sandbox and not to this process: whoever
knows the run's id and the offset behind the last event goes on from there. `run_start.py` is how it begins,
`sandbox/supervisor` the other side.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Literal

import msgspec

from sandbox.lines import Lines
from sandbox.protocol import Sandbox, SandboxError, SandboxGone, SandboxUnavailable
from sandbox.run_folder import PLAIN_ID, command_of, folder_of, read
from sandbox.supervisor import exit_codes
from sandbox.supervisor.follow import MAX_BYTES_VARIABLE

# A stream that breaks this often without one new line in between is not coming back.
MAX_BROKEN_STREAMS = 6
FIRST_PAUSE_SECONDS = 0.1
MAX_EXIT_BYTES = 256 * 1024
MAX_STDERR_BYTES = 128 * 1024
MAX_COMPLAINT_BYTES = 2000
# What a run may write unless it is told otherwise: a line, and in all.
MAX_LINE_BYTES = 16 * 1024**2
MAX_OUTPUT_BYTES = 1024**3

Reason = Literal["ended", "stopped", "silence", "time_limit", "output_limit", "start_failed", "supervisor_failed"]


class SupervisorDied(SandboxError):
    """The run's supervisor is gone without a word of how the agent ended (killed, out of memory): begin another run."""


class TooMuchOutput(SandboxError):
    """The run has written more events than it may, whatever its supervisor makes of that."""


class RunUnreadable(SandboxError):
    """The run was never started, or its folder can't be read: trying again doesn't help."""


class RunExit(msgspec.Struct, frozen=True):
    """How a run ended, in the sandbox's own words: a hijacked agent may have written them.

    `exit_code` or `signal` is set when the agent was started at all. Times are in seconds since the epoch. `messages` are the
    ids of those that the agent was given: one that was sent and is not among them came too late.
    """

    reason: Reason
    detail: str
    exit_code: int | None
    signal: int | None
    started_at: float
    ended_at: float
    stdout_bytes: int
    stderr_bytes: int
    results: int
    messages: tuple[str, ...]


async def follow(
    sandbox: Sandbox,
    run_id: str,
    offset: int = 0,
    *,
    max_line_bytes: int = MAX_LINE_BYTES,
    max_bytes: int = MAX_OUTPUT_BYTES,
) -> AsyncGenerator[tuple[int, bytes], None]:
    """The run's events from byte `offset` on, each as (the offset behind it, its line), until the run has ended.

    A broken stream is taken up again behind the last whole line. Raises SupervisorDied, TooMuchOutput when the events come to
    more than `max_bytes` in all, SandboxGone, SandboxUnavailable in an outage, or SandboxError when the stream breaks again
    and again.
    """
    broken = 0
    while True:
        before = offset
        try:
            async with aclosing(_stream(sandbox, run_id, Lines(offset, max_line_bytes), max_bytes)) as lines:
                async for offset, line in lines:
                    yield offset, line
            return
        except (SandboxGone, SupervisorDied, TooMuchOutput, RunUnreadable):
            raise
        except SandboxError as error:
            broken = 1 if offset > before else broken + 1
            if broken >= MAX_BROKEN_STREAMS:
                if isinstance(error, SandboxUnavailable):
                    raise  # whoever follows may come back later
                raise SandboxError(f"the events of run {run_id} in {sandbox.id} broke off {broken} times: {error}") from error
        await asyncio.sleep(FIRST_PAUSE_SECONDS * 2**broken)


async def send(sandbox: Sandbox, run_id: str, message: bytes, *, message_id: str | None = None) -> str:
    """Say something to the agent while it runs (one JSON object); gives the message's id.

    Sent twice under one id it arrives once. Whether it came in time is told by `RunExit.messages`.
    """
    message_id = message_id or secrets.token_hex(8)
    if not PLAIN_ID.fullmatch(message_id):
        raise ValueError(f"{message_id!r} can't be a message's id: letters, digits, - and _ only")
    await sandbox.write_file(f"{folder_of(sandbox, run_id)}/messages/{time.time_ns():020d}-{message_id}.json", message)
    return message_id


async def stop(sandbox: Sandbox, run_id: str, reason: str) -> None:
    """Ask the agent to end: INT, then TERM, then KILL to its whole group. `reason` comes back in its outcome's detail."""
    await sandbox.write_file(f"{folder_of(sandbox, run_id)}/stop", reason.encode())


async def outcome(sandbox: Sandbox, run_id: str) -> RunExit | None:
    """How the run ended; None while it hasn't. Raises SandboxError for a run folder that somebody tampered with."""
    document = await read(sandbox, f"{folder_of(sandbox, run_id)}/exit.json", MAX_EXIT_BYTES)
    if document is None:
        return None
    try:
        return msgspec.json.decode(document, type=RunExit)
    except msgspec.DecodeError as error:
        raise SandboxError(f"exit.json of run {run_id} in {sandbox.id} is not what a supervisor writes: {error}") from error


async def stderr_tail(sandbox: Sandbox, run_id: str) -> str:
    """The end of what the agent wrote to stderr so far."""
    data = await read(sandbox, f"{folder_of(sandbox, run_id)}/stderr.log", MAX_STDERR_BYTES)
    return (data or b"").decode("utf-8", "replace")


async def _stream(sandbox: Sandbox, run_id: str, lines: Lines, max_bytes: int) -> AsyncGenerator[tuple[int, bytes], None]:
    """One attempt at `follow`: ends when the run has ended and all is read. Raises SandboxError when it breaks before."""
    have_read = lines.offset
    process = await sandbox.start(
        command_of(sandbox, "follow", folder_of(sandbox, run_id), str(lines.offset)),
        cwd=sandbox.paths.tmp,
        env={MAX_BYTES_VARIABLE: str(max_bytes)},
        offline=True,
    )
    too_much = f"the events of run {run_id} in {sandbox.id} are more than {max_bytes} bytes"
    complaint = asyncio.ensure_future(_beginning(process.stderr))
    try:
        async for chunk in process.stdout:
            have_read += len(chunk)  # counted here, since a line without an end never comes to be one
            if have_read > max_bytes:
                raise TooMuchOutput(too_much)
            for offset, line in lines.feed(chunk):
                yield offset, line
        code, said = await process.wait(), await complaint
    finally:
        complaint.cancel()
        await process.kill()
    match code:
        case exit_codes.DONE:
            return
        case exit_codes.DIED:
            raise SupervisorDied(f"the supervisor of run {run_id} in {sandbox.id} died before the agent had ended")
        case exit_codes.TOO_MUCH:
            raise TooMuchOutput(too_much)
        case exit_codes.NEVER_STARTED:
            raise RunUnreadable(f"run {run_id} in {sandbox.id} was never started")
        case exit_codes.UNUSABLE:
            raise RunUnreadable(f"the events of run {run_id} in {sandbox.id} can't be read: {said}")
    raise SandboxError(f"the reader ended with code {code}: {said}")


async def _beginning(stream: AsyncIterator[bytes]) -> str:
    """Read a stream to its end and keep what a complaint needs."""
    kept = b""
    async for chunk in stream:
        kept = (kept + chunk)[:MAX_COMPLAINT_BYTES]
    return kept.decode("utf-8", "replace").strip()
