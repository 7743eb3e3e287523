"""One run of the agent in a sandbox, as Harvest sees it: start it, follow its events, speak to it, stop it, see how it ended.

Written against the sandbox protocol alone. The run belongs to the supervisor in the sandbox and not to this process: whoever
knows the run's id and the offset behind the last event goes on from there. `sandbox/supervisor` is the other side.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from sandbox.lines import Lines
from sandbox.packed_supervisor import packed_supervisor
from sandbox.protocol import NewFile, Sandbox, SandboxError, SandboxGone, SandboxUnavailable
from sandbox.secret import Secret
from sandbox.supervisor import exit_codes
from sandbox.supervisor.follow import MAX_BYTES_VARIABLE
from sandbox.supervisor.plan import SECRET_PREFIX
from sandbox.supervisor.run_folder import WAITS_TO_BE_TOLD, parse_object
from sandbox.time_limit import TimeLimit

# The supervisor notes its start within some 50 ms; on a machine under load within seconds.
START_SECONDS = 20.0
LOOK_SECONDS = 0.02
# A stream that breaks this often without one new line in between is not coming back.
MAX_BROKEN_STREAMS = 6
FIRST_PAUSE_SECONDS = 0.1
MAX_EXIT_BYTES = 256 * 1024
MAX_STDERR_BYTES = 128 * 1024
MAX_COMPLAINT_BYTES = 2000

PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")

Reason = Literal["ended", "stopped", "silence", "time_limit", "output_limit", "start_failed", "supervisor_failed"]


Standing = Literal["new", "waits", "told"]


class SupervisorDied(SandboxError):
    """The run's supervisor is gone without a word of how the agent ended (killed, out of memory): begin another run."""


class TooMuchOutput(SandboxError):
    """The run has written more events than it may, whatever its supervisor makes of that."""


class RunUnreadable(SandboxError):
    """The run was never started, or its folder can't be read: trying again doesn't help."""


@dataclass(frozen=True)
class RunSpec:
    """What to run. `messages` are lines for its stdin, one JSON object each; without any its stdin is closed at once. Those
    that `set_up` the agent come before, and have no answer.

    `wall_seconds` count from when it was told these. `silence_seconds` counts while there is neither output nor work: it must
    be longer than the model may think.
    `grace_seconds` lie between INT, TERM and KILL. Where fewer answers come than messages, stdin is closed after
    `settle_seconds` of quiet.
    """

    argv: Sequence[str]
    cwd: str
    messages: Sequence[bytes] = ()
    set_up: Sequence[bytes] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    wall_seconds: float = 60 * 60
    silence_seconds: float = 20 * 60
    settle_seconds: float = 15
    grace_seconds: float = 5
    max_output_bytes: int = 1024**3
    max_line_bytes: int = 16 * 1024**2


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


async def start(sandbox: Sandbox, run_id: str, spec: RunSpec, given: Mapping[str, Secret] | None = None) -> None:
    """Start the run, or leave it alone when it was started before. `given` becomes part of the agent's environment.

    Raises SandboxError when the supervisor can't be started; that the agent can't be is told by `outcome`.
    """
    if await standing(sandbox, run_id) == "new":
        await begin(sandbox, run_id, spec, given)


async def begin(
    sandbox: Sandbox, run_id: str, spec: RunSpec, given: Mapping[str, Secret] | None = None, *, told: bool = True
) -> None:
    """Start the run as `start` does, for who has just seen that it was not started before. If it is not `told` its messages,
    it waits, for `let_start` and for `tell`: an agent takes half a second to be there."""
    folder = _folder(sandbox, run_id)
    await sandbox.write_files(
        [
            NewFile(_program(sandbox), packed_supervisor(), mode=0o644),
            *([NewFile(f"{folder}/may_start", b""), *_what_it_is_told(folder, spec)] if told else ()),
            NewFile(f"{folder}/run.json", _plan(spec, given or {})),
        ]
    )
    process = await sandbox.start(
        _command(sandbox, "run", folder),
        cwd=sandbox.paths.tmp,
        secrets={SECRET_PREFIX + name: secret for name, secret in (given or {}).items()},
        detached=True,
    )
    ended = asyncio.ensure_future(process.wait())
    try:
        async with TimeLimit(START_SECONDS):
            while await _read(sandbox, f"{folder}/started.json", MAX_EXIT_BYTES) is None:
                if ended.done() and ended.result() not in (exit_codes.DONE, exit_codes.RUNS_ALREADY):
                    raise SandboxError(f"the supervisor of run {run_id} in {sandbox.id} ended at once, code {ended.result()}")
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise SandboxError(f"the supervisor of run {run_id} in {sandbox.id} gave no sign in {START_SECONDS:g} s") from None
    finally:
        ended.cancel()


async def let_start(sandbox: Sandbox, run_id: str) -> None:
    """Have an agent started that waits for that; said again it changes nothing."""
    await sandbox.write_file(f"{_folder(sandbox, run_id)}/may_start", b"")


async def tell(sandbox: Sandbox, run_id: str, spec: RunSpec) -> None:
    """Give an agent that waits its messages, and the time of `spec` from now on; the rest of that was said when it was
    begun. Told twice it hears them once."""
    await sandbox.write_files(_what_it_is_told(_folder(sandbox, run_id), spec))


async def standing(sandbox: Sandbox, run_id: str) -> Standing:
    """Whether this run was begun in this sandbox before, by whoever, and has got its messages or waits for them. A supervisor
    that an earlier version of Harvest began had them from the beginning."""
    folder = _folder(sandbox, run_id)
    started = await _read(sandbox, f"{folder}/started.json", MAX_EXIT_BYTES)
    if started is None:
        return "new"
    waits = (parse_object(started) or {}).get(WAITS_TO_BE_TOLD) is True
    return "waits" if waits and await _read(sandbox, f"{folder}/{_TOLD_FILE}", MAX_EXIT_BYTES) is None else "told"


async def follow(
    sandbox: Sandbox,
    run_id: str,
    offset: int = 0,
    *,
    max_line_bytes: int = RunSpec.max_line_bytes,
    max_bytes: int = RunSpec.max_output_bytes,
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
    await sandbox.write_file(f"{_folder(sandbox, run_id)}/messages/{time.time_ns():020d}-{message_id}.json", message)
    return message_id


async def stop(sandbox: Sandbox, run_id: str, reason: str) -> None:
    """Ask the agent to end: INT, then TERM, then KILL to its whole group. `reason` comes back in its outcome's detail."""
    await sandbox.write_file(f"{_folder(sandbox, run_id)}/stop", reason.encode())


async def outcome(sandbox: Sandbox, run_id: str) -> RunExit | None:
    """How the run ended; None while it hasn't. Raises SandboxError for a run folder that somebody tampered with."""
    document = await _read(sandbox, f"{_folder(sandbox, run_id)}/exit.json", MAX_EXIT_BYTES)
    if document is None:
        return None
    try:
        return msgspec.json.decode(document, type=RunExit)
    except msgspec.DecodeError as error:
        raise SandboxError(f"exit.json of run {run_id} in {sandbox.id} is not what a supervisor writes: {error}") from error


async def stderr_tail(sandbox: Sandbox, run_id: str) -> str:
    """The end of what the agent wrote to stderr so far."""
    data = await _read(sandbox, f"{_folder(sandbox, run_id)}/stderr.log", MAX_STDERR_BYTES)
    return (data or b"").decode("utf-8", "replace")


async def _stream(sandbox: Sandbox, run_id: str, lines: Lines, max_bytes: int) -> AsyncGenerator[tuple[int, bytes], None]:
    """One attempt at `follow`: ends when the run has ended and all is read. Raises SandboxError when it breaks before."""
    read = lines.offset
    process = await sandbox.start(
        _command(sandbox, "follow", _folder(sandbox, run_id), str(lines.offset)),
        cwd=sandbox.paths.tmp,
        env={MAX_BYTES_VARIABLE: str(max_bytes)},
        offline=True,
    )
    too_much = f"the events of run {run_id} in {sandbox.id} are more than {max_bytes} bytes"
    complaint = asyncio.ensure_future(_beginning(process.stderr))
    try:
        async for chunk in process.stdout:
            read += len(chunk)  # counted here, since a line without an end never comes to be one
            if read > max_bytes:
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


async def _read(sandbox: Sandbox, path: str, max_bytes: int) -> bytes | None:
    try:
        return await sandbox.read_file(path, max_bytes=max_bytes)
    except FileNotFoundError:
        return None


_TOLD_FILE = "told.json"


def _what_it_is_told(folder: str, spec: RunSpec) -> list[NewFile]:
    """The messages, and the file by which the supervisor knows which they are: they may be written in any order."""
    lines = [(f"setup{number}", line) for number, line in enumerate(spec.set_up)]
    lines += [(f"first{number}", line) for number, line in enumerate(spec.messages)]
    messages = {f"{order:020d}-{name}.json": line for order, (name, line) in enumerate(lines)}
    told = {"messages": list(messages), "wall_seconds": spec.wall_seconds}
    return [
        *(NewFile(f"{folder}/messages/{name}", line) for name, line in messages.items()),
        NewFile(f"{folder}/{_TOLD_FILE}", json.dumps(told).encode()),
    ]


def _plan(spec: RunSpec, given: Mapping[str, Secret]) -> bytes:
    """run.json, as `sandbox.supervisor.plan` reads it: the names of secrets and not one value."""
    return json.dumps(
        {
            "argv": list(spec.argv),
            "cwd": spec.cwd,
            "env": dict(spec.env),
            "secrets": sorted(given),
            "silence_seconds": spec.silence_seconds,
            "settle_seconds": spec.settle_seconds,
            "grace_seconds": spec.grace_seconds,
            "max_output_bytes": spec.max_output_bytes,
            "max_line_bytes": spec.max_line_bytes,
        }
    ).encode()


def _folder(sandbox: Sandbox, run_id: str) -> str:
    if not PLAIN_ID.fullmatch(run_id):
        raise ValueError(f"{run_id!r} can't be a run's id: letters, digits, - and _ only")
    return f"{sandbox.paths.control}/runs/{run_id}"


def _program(sandbox: Sandbox) -> str:
    return f"{sandbox.paths.control}/supervisor.pyz"


def _command(sandbox: Sandbox, *arguments: str) -> list[str]:
    """-I and -S: nothing that the agent left in its home or its environment gets into Harvest's own Python."""
    return ["python3", "-I", "-S", _program(sandbox), *arguments]
