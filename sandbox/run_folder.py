"""Where a run's files are in its sandbox, and how its programs are called. `sandbox/supervisor` is the other side."""

from __future__ import annotations

import re

from sandbox.protocol import Sandbox

PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


def folder_of(sandbox: Sandbox, run_id: str) -> str:
    if not PLAIN_ID.fullmatch(run_id):
        raise ValueError(f"{run_id!r} can't be a run's id: letters, digits, - and _ only")
    return f"{sandbox.paths.control}/runs/{run_id}"


async def read(sandbox: Sandbox, path: str, max_bytes: int) -> bytes | None:
    """A file of the run's; None when it is not there."""
    try:
        return await sandbox.read_file(path, max_bytes=max_bytes)
    except FileNotFoundError:
        return None


def program_of(sandbox: Sandbox) -> str:
    return f"{sandbox.paths.control}/supervisor.pyz"


def command_of(sandbox: Sandbox, *arguments: str) -> list[str]:
    """-I and -S: nothing that the agent left in its home or its environment gets into Harvest's own Python."""
    return ["python3", "-I", "-S", program_of(sandbox), *arguments]
