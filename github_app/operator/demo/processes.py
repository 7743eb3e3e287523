"""The processes of the demo: each is started, says where it is, and is ended with everything it started."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# -P: the folder they run in holds a folder `state`, which is no package.
PYTHON_MODULE = (sys.executable, "-P", "-m")

READY_SECONDS = 60.0
END_SECONDS = 10.0


class DemoFailed(Exception):
    """The demo can't go on; the message says at what."""


@dataclass(frozen=True)
class Ready:
    """A running process and what it said when it was ready."""

    process: asyncio.subprocess.Process
    line: str

    def document(self) -> dict[str, Any]:
        """The line as the JSON object that an emulator prints."""
        document: dict[str, Any] = json.loads(self.line)
        return document


@asynccontextmanager
async def running(*argv: str, env: Mapping[str, str], folder: Path) -> AsyncIterator[Ready]:
    """Run `python -m …` in that folder until the block ends; its stderr goes to a file there. DemoFailed when it does not
    get ready."""
    async with running_program(*PYTHON_MODULE, *argv, name=argv[0], env=env, folder=folder) as ready:
        yield ready


@asynccontextmanager
async def running_program(*argv: str, name: str, env: Mapping[str, str], folder: Path) -> AsyncIterator[Ready]:
    """The same for any program that prints a line when it is ready."""
    log = folder / f"{name}.log"
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=folder,
            env=dict(env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    try:
        yield Ready(process, await first_line(process, name, log))
    finally:
        await end(process)


async def run_to_its_end(*argv: str, env: Mapping[str, str], folder: Path) -> str:
    """Run `python -m …` and give what it printed. DemoFailed when it fails."""
    process = await asyncio.create_subprocess_exec(
        *PYTHON_MODULE,
        *argv,
        cwd=folder,
        env=dict(env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    if process.returncode:
        raise DemoFailed(
            f"`{' '.join(argv)}` ended with {process.returncode}: {errors.decode(errors='replace').strip()[-500:]}"
        )
    return out.decode()


async def first_line(process: asyncio.subprocess.Process, name: str, log: Path) -> str:
    assert process.stdout is not None  # noqa: S101 - it was started with a pipe
    try:
        async with asyncio.timeout(READY_SECONDS):
            line = await process.stdout.readline()
    except TimeoutError:
        raise DemoFailed(f"{name} was not ready within {READY_SECONDS:.0f} s: see {log}") from None
    if not line:
        last = (await asyncio.to_thread(log.read_text, errors="replace")).strip().splitlines()[-3:]
        raise DemoFailed(f"{name} ended before it was ready: {' / '.join(last) or 'it said nothing'} (see {log})")
    return line.decode().strip()


async def end(process: asyncio.subprocess.Process) -> None:
    """Ask it to end, and make it end."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        try:
            os.kill(process.pid, how)
            async with asyncio.timeout(END_SECONDS):
                await process.wait()
        except (ProcessLookupError, TimeoutError):
            continue
