"""Sets a clone up in its sandbox: what its lock files ask for, then its own `.harvest/setup.sh` and `setup` commands.

All of this is code of the repository and of strangers, run where no credential is. Each command has a time limit, and of its
output the end alone is kept. One that fails does not end the rest; it is told in the steps.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence

from github_app.domain.installs import TOOLS, choose
from github_app.settings.repository import SETTINGS_FILE
from sandbox.git import git_environment
from sandbox.protocol import Sandbox, SandboxError
from sandbox.time_limit import TimeLimit
from state.repository_images import SetUpStep

SETUP_FILE = ".harvest/setup.sh"

# Of one command: a large project's dependencies take minutes, and what takes longer than this would rather hang.
COMMAND_SECONDS = 10 * 60

# What a command must not ask, and what tools do otherwise when nobody watches: no prompts, no progress bars.
ENVIRONMENT = {"CI": "true"}

# The end of a command's output says why it failed; what is told of it is far shorter.
TAIL_BYTES = 4096
LINES_TOLD = 3
LINE_CHARACTERS = 160

# Said before a word of why: the bare "npm error" is no help.
_ERROR = re.compile(r"\b(?:error|ERR)\b.*\w|ERR_\w", re.IGNORECASE)

# The regular files at the root of commit $1 and its set-up, as git's own records: nothing of the worktree is asked.
_LIST_FILES = f'git ls-tree -z "$1"; git ls-tree -z "$1" -- {SETUP_FILE}'
_PLAIN, _EXECUTABLE = "100644", "100755"

_LIST_TOOLS = 'for tool; do command -v "$tool" >/dev/null && echo "$tool"; done; true'


async def set_up(sandbox: Sandbox, sha: str, commands: Sequence[str] = ()) -> tuple[SetUpStep, ...]:
    """Install what commit `sha`, which is checked out, asks for, and run the `commands` of the repository's settings; says
    what was done and how it went. Raises SandboxError."""
    files = await files_of(sandbox, sha)
    steps = []
    for chosen in choose(files, await tools_there(sandbox)):
        install = chosen.install
        if chosen.lacking:
            problem = f"there is no {chosen.lacking} in the sandbox: install it in {SETUP_FILE}"
            steps.append(SetUpStep(install.command, install.lock_file, problem=problem))
        else:
            steps.append(await carry_out(sandbox, install.command, install.lock_file))
    match files.get(SETUP_FILE):
        case str(mode) if mode == _EXECUTABLE:
            steps.append(await carry_out(sandbox, f"./{SETUP_FILE}", SETUP_FILE))
        case str():
            steps.append(await carry_out(sandbox, f"sh {SETUP_FILE}", SETUP_FILE))
    for command in commands:
        steps.append(await carry_out(sandbox, command, SETTINGS_FILE))
    return tuple(steps)


async def files_of(sandbox: Sandbox, sha: str) -> dict[str, str]:
    """The regular files at the root of a commit, and the set-up file, with their modes; links and folders count for none."""
    listed = await sandbox.run(["sh", "-c", _LIST_FILES, "sh", sha], env=git_environment(sandbox))
    if listed.exit_code != 0 or listed.truncated:
        raise SandboxError(f"the files of {sha[:7]} could not be listed: {listed.stderr.decode('utf-8', 'replace')[:300]}")
    files = {}
    for entry in listed.stdout.decode("utf-8", "replace").split("\0"):
        facts, _, name = entry.partition("\t")
        if (mode := facts.partition(" ")[0]) in (_PLAIN, _EXECUTABLE):
            files[name] = mode
    return files


async def tools_there(sandbox: Sandbox) -> frozenset[str]:
    """Which of the installers' programs the sandbox has."""
    found = await sandbox.run(["sh", "-c", _LIST_TOOLS, "sh", *TOOLS])
    return frozenset(found.stdout.decode("utf-8", "replace").split())


async def carry_out(sandbox: Sandbox, command: str, because_of: str, seconds: float = COMMAND_SECONDS) -> SetUpStep:
    """Run one command line in the workspace, with all that it prints in one stream."""
    begun = time.monotonic()
    process = await sandbox.start(["sh", "-c", f"exec 2>&1\n{command}"], env=ENVIRONMENT)
    try:
        async with TimeLimit(seconds):
            tail, _, code = await asyncio.gather(end_of(process.stdout), end_of(process.stderr), process.wait())
        problem = "" if code == 0 else why_it_failed(code, tail)
    except TimeoutError:
        problem = f"it took longer than {seconds / 60:.0f} minutes and was ended"
    finally:
        await process.kill()
    return SetUpStep(command, because_of, round(time.monotonic() - begun, 1), problem)


async def end_of(stream: AsyncIterator[bytes]) -> bytes:
    """Read to the end, keep the last bytes."""
    kept = b""
    async for chunk in stream:
        kept = (kept + chunk)[-TAIL_BYTES:]
    return kept


def why_it_failed(code: int, tail: bytes) -> str:
    """The exit, and the first lines of the output's end that speak of an error, or else the last ones; as text that moves no
    cursor."""
    ended = f"it was ended by signal {-code}" if code < 0 else f"exit code {code}"
    text = "".join(each if each.isprintable() or each == "\n" else " " for each in tail.decode("utf-8", "replace"))
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    telling = [line for line in lines if _ERROR.search(line)][:LINES_TOLD] or lines[-LINES_TOLD:]
    return f"{ended}: {' | '.join(line[:LINE_CHARACTERS] for line in telling)}" if telling else ended
