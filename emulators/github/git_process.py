"""How git is run here: with nothing of the machine's or the user's own configuration, so that every run is the same."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

# Only what git needs to find its own programs and shells; nothing of the user's.
GIT_ENVIRONMENT: dict[str, str] = {
    "PATH": os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin"),
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
}


class GitFailed(Exception):
    """A git command ended with an error; the message has the command and what git said."""


async def run_git(
    folder: Path,
    *arguments: str,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    accept: tuple[int, ...] = (0,),
) -> bytes:
    """Run one git command in a folder and give its output. Raises GitFailed unless it exits with one of `accept`."""
    process = await asyncio.create_subprocess_exec(
        "git",
        *arguments,
        cwd=folder,
        env={**GIT_ENVIRONMENT, **(env or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate(stdin)
    if process.returncode not in accept:
        said = errors.decode(errors="replace").strip()
        raise GitFailed(f"git {' '.join(arguments[:3])} in {folder.name} exited with {process.returncode}: {said}")
    return output
