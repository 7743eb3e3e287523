"""Scripted agents for the supervisor's tests: small programs that speak the CLI's lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from sandbox import run, run_start
from sandbox.protocol import Sandbox
from sandbox.run import RunExit
from sandbox.run_start import RunSpec
from sandbox.secret import Secret

# What every scripted agent has at hand; `forever` waits without working.
PRELUDE = """
import json, os, signal, subprocess, sys, threading, time
def say(**event): print(json.dumps(event), flush=True)
def answer(): say(type="result", subtype="success")
def forever():
    while True: threading.Event().wait()
"""
# Echoes every message and answers it, as the CLI does, until its stdin is closed.
ECHO = "for line in sys.stdin: say(type='user', text=json.loads(line)['text']); answer()"

RUN = "run-1"
# The longest run here takes two seconds by itself; the rest is room for a machine under load.
PATIENCE_SECONDS = 60


def message(text: str) -> bytes:
    return json.dumps({"type": "user", "text": text}).encode()


def spec(sandbox: Sandbox, script: str, *texts: str, **limits: Any) -> RunSpec:
    """A run of `script` with these messages, and little grace."""
    return RunSpec(
        argv=["python3", "-I", "-S", "-c", PRELUDE + script],
        cwd=sandbox.paths.workspace,
        messages=[message(text) for text in texts],
        **{"grace_seconds": 0.2, **limits},
    )


async def finished(sandbox: Sandbox, wanted: RunSpec, **secrets: Secret) -> tuple[list[dict[str, Any]], RunExit]:
    """Run it to its end: its events, and how it ended."""
    await run_start.start(sandbox, RUN, wanted, secrets)
    events = await rest(sandbox)
    return events, await ended(sandbox)


async def rest(sandbox: Sandbox, offset: int = 0) -> list[dict[str, Any]]:
    """The run's events from `offset` to its end."""
    return await remaining(run.follow(sandbox, RUN, offset))


async def remaining(stream: AsyncIterator[tuple[int, bytes]]) -> list[dict[str, Any]]:
    """What a stream of events still brings; TimeoutError when it doesn't end."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [json.loads(line) async for _, line in stream]


async def ended(sandbox: Sandbox) -> RunExit:
    """How a run ended that has."""
    how = await run.outcome(sandbox, RUN)
    assert how is not None
    return how


def command_line(pid: int) -> str:
    """A process's arguments; empty for one that is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
