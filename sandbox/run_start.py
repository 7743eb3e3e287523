"""How a run of the agent starts: at once, or early, so that it waits until somebody has something to tell it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

from sandbox.packed_supervisor import packed_supervisor
from sandbox.protocol import NewFile, Sandbox, SandboxError
from sandbox.run import MAX_LINE_BYTES, MAX_OUTPUT_BYTES, SupervisorDied, follow
from sandbox.run_folder import command_of, folder_of, program_of, read
from sandbox.secret import Secret
from sandbox.supervisor import exit_codes
from sandbox.supervisor.messages import EARLY
from sandbox.supervisor.plan import SECRET_PREFIX
from sandbox.supervisor.run_folder import WAITS_TO_BE_TOLD, parse_object
from sandbox.time_limit import TimeLimit

# The supervisor notes its start within some 50 ms; on a machine under load within seconds.
START_SECONDS = 20.0
LOOK_SECONDS = 0.02
# An answer comes within a moment, in which what follows a run would only have started.
QUICK_LOOKS = 25
MAX_NOTE_BYTES = 256 * 1024
# What an agent has said that was only set up: an answer or two. Each look goes through all of it, while all else waits.
MAX_ANSWERS_BYTES = 256 * 1024

Standing = Literal["new", "waits", "told"]


@dataclass(frozen=True)
class RunSpec:
    """What to run. `messages` are lines for its stdin, one JSON object each; without any its stdin is closed at once. Those
    that `set_up` the agent come before, and have no answer.

    It waits `wait_seconds` at most for the first of all. `wall_seconds` count from when it was told these. `silence_seconds`
    counts while there is neither output nor work: it must be longer than the model may think.
    `grace_seconds` lie between INT, TERM and KILL. Where fewer answers come than messages, stdin is closed after
    `settle_seconds` of quiet.
    """

    argv: Sequence[str]
    cwd: str
    messages: Sequence[bytes] = ()
    set_up: Sequence[bytes] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    wait_seconds: float = 24 * 60 * 60
    wall_seconds: float = 60 * 60
    silence_seconds: float = 20 * 60
    settle_seconds: float = 15
    grace_seconds: float = 5
    max_output_bytes: int = MAX_OUTPUT_BYTES
    max_line_bytes: int = MAX_LINE_BYTES


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
    folder = folder_of(sandbox, run_id)
    await sandbox.write_files(
        [
            NewFile(program_of(sandbox), packed_supervisor(), mode=0o644),
            *([NewFile(f"{folder}/may_start", b""), *_what_it_is_told(folder, spec)] if told else ()),
            NewFile(f"{folder}/run.json", _plan(spec, given or {})),
        ]
    )
    process = await sandbox.start(
        command_of(sandbox, "run", folder),
        cwd=sandbox.paths.tmp,
        secrets={SECRET_PREFIX + name: secret for name, secret in (given or {}).items()},
        detached=True,
    )
    ended = asyncio.ensure_future(process.wait())
    try:
        async with TimeLimit(START_SECONDS):
            while await read(sandbox, f"{folder}/started.json", MAX_NOTE_BYTES) is None:
                if ended.done() and ended.result() not in (exit_codes.DONE, exit_codes.RUNS_ALREADY):
                    raise SandboxError(f"the supervisor of run {run_id} in {sandbox.id} ended at once, code {ended.result()}")
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise SandboxError(f"the supervisor of run {run_id} in {sandbox.id} gave no sign in {START_SECONDS:g} s") from None
    finally:
        ended.cancel()


async def let_start(sandbox: Sandbox, run_id: str) -> None:
    """Have an agent started that waits for that; said again it changes nothing."""
    await sandbox.write_file(f"{folder_of(sandbox, run_id)}/may_start", b"")


async def set_up(sandbox: Sandbox, run_id: str, message: bytes, message_id: str) -> None:
    """Have an agent that waits do what this control request says, before it is told its messages; said again it changes
    nothing. From now on it waits for as long as it takes."""
    await sandbox.write_file(f"{folder_of(sandbox, run_id)}/messages/{EARLY}{message_id}.json", message)


async def has_done(sandbox: Sandbox, run_id: str, request_id: str, patience: float) -> bool:
    """Whether an agent that was only set up so far has done what that control request says, waiting for its answer for
    `patience` seconds. Raises SandboxError as `run.follow` does."""
    for _ in range(QUICK_LOOKS):
        said = await read(sandbox, f"{folder_of(sandbox, run_id)}/events.jsonl", MAX_ANSWERS_BYTES)
        for line in (said or b"").splitlines():
            if (done := _answer(line, request_id)) is not None:
                return done
        await asyncio.sleep(LOOK_SECONDS)
    try:
        async with TimeLimit(patience), aclosing(follow(sandbox, run_id)) as lines:
            async for _, line in lines:
                if (done := _answer(line, request_id)) is not None:
                    return done
    except (SupervisorDied, TimeoutError):
        return False
    return False


async def has_said_nothing(sandbox: Sandbox, run_id: str) -> bool:
    """Whether the agent has said nothing so far, as one does that was neither told nor set up. Raises SandboxError."""
    return not await read(sandbox, f"{folder_of(sandbox, run_id)}/events.jsonl", MAX_ANSWERS_BYTES)


def _answer(line: bytes, request_id: str) -> bool | None:
    """Whether the agent says here that it has done it; None where it speaks of something else."""
    response = (parse_object(line) or {}).get("response")
    if not isinstance(response, dict) or response.get("request_id") != request_id:
        return None
    return response.get("subtype") == "success"


async def tell(sandbox: Sandbox, run_id: str, spec: RunSpec) -> None:
    """Give an agent that waits its messages, and the time of `spec` from now on; the rest of that was said when it was
    begun. Told twice it hears them once."""
    await sandbox.write_files(_what_it_is_told(folder_of(sandbox, run_id), spec))


async def standing(sandbox: Sandbox, run_id: str) -> Standing:
    """Whether this run was begun in this sandbox before, by whoever, and has got its messages or waits for them. A supervisor
    that an earlier version of Harvest began had them from the beginning."""
    folder = folder_of(sandbox, run_id)
    started = await read(sandbox, f"{folder}/started.json", MAX_NOTE_BYTES)
    if started is None:
        return "new"
    waits = (parse_object(started) or {}).get(WAITS_TO_BE_TOLD) is True
    return "waits" if waits and await read(sandbox, f"{folder}/{_TOLD_FILE}", MAX_NOTE_BYTES) is None else "told"


_TOLD_FILE = "told.json"


def _what_it_is_told(folder: str, spec: RunSpec) -> list[NewFile]:
    """The messages, and the file by which the supervisor knows which they are: they may be written in any order."""
    lines = [(f"setup{number}", line) for number, line in enumerate(spec.set_up)]
    lines += [(f"first{number}", line) for number, line in enumerate(spec.messages)]
    messages = {f"{order:020d}-{name}.json": line for order, (name, line) in enumerate(lines, start=1)}
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
            "wait_seconds": spec.wait_seconds,
            "silence_seconds": spec.silence_seconds,
            "settle_seconds": spec.settle_seconds,
            "grace_seconds": spec.grace_seconds,
            "max_output_bytes": spec.max_output_bytes,
            "max_line_bytes": spec.max_line_bytes,
        }
    ).encode()
