"""The proof that a pull request's branch is good: a fresh clone of it, in which anybody would run the same."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from github_app.operator.demo.processes import DemoFailed

TESTS = ("-m", "unittest", "-q")


async def clone(url: str, branch: str, into: Path) -> Path:
    """Clone that branch; DemoFailed when that is not possible."""
    process = await asyncio.create_subprocess_exec(
        *("git", "clone", "--quiet", "--branch", branch, "--", url, str(into)), stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await process.communicate()
    if process.returncode:
        raise DemoFailed(f"{branch} could not be cloned: {complaint.decode(errors='replace').strip()}")
    return into


async def python_in(folder: Path, *arguments: str) -> str:
    """Run Python there; the last line of its stderr. DemoFailed when it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    said = [line for line in errors.decode(errors="replace").splitlines() if line.strip()][-1:]
    if process.returncode:
        raise DemoFailed(f"`python {' '.join(arguments)}` fails on the pull request's branch: {''.join(said)}")
    return "".join(said)
