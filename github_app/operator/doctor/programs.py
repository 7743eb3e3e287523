"""The programs that Harvest calls on this machine: git, and the Claude CLI for the local sandbox."""

from __future__ import annotations

import asyncio
import shutil

from github_app.operator.doctor.finding import Finding
from github_app.settings.operator import Settings

# The first that takes its whole configuration from where it is told (GIT_CONFIG_GLOBAL).
OLDEST_GIT = (2, 32)
COMMAND_SECONDS = 20.0


async def git_finding() -> Finding:
    said = await first_line_of("git", "--version")
    if said is None:
        return Finding("git", "missing", "git was not found", "install git 2.32 or newer")
    version = tuple(int(part) for part in said.split()[2].split(".")[:2] if part.isdigit())
    if version < OLDEST_GIT:
        return Finding("git", "missing", said, "install git 2.32 or newer")
    return Finding("git", "ok", said)


async def claude_finding(settings: Settings) -> Finding:
    claude = settings.claude_cli()
    version = await first_line_of(str(claude), "--version") if claude is not None else None
    if version is None:
        advice = "set HARVEST_CLAUDE_PATH, put `claude` on PATH, or install the `demo` extra"
        return Finding("Claude CLI", "missing", f"{claude or 'not found'} does not run", advice)
    return Finding("Claude CLI", "ok", f"{version} at {claude}")


async def first_line_of(*argv: str) -> str | None:
    """The first line that a command prints, or None when it can't be run."""
    if shutil.which(argv[0]) is None:
        return None
    process = await asyncio.create_subprocess_exec(
        *argv, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, stdin=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            out, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    lines = out.decode("utf-8", "replace").splitlines()
    return lines[0].strip() if process.returncode == 0 and lines else None
