"""The agent's home, made anew for each run, and the one thing of the old one that comes along: the conversation.

Whatever else an agent leaves in a home can configure the tools of the next one: hooks of the CLI, a shell's start files, git,
package managers, Python. So a home is never taken over. The CLI's own folder (`CLAUDE_CONFIG_DIR`) holds what Harvest writes
there: the transcript, of which the entries come along that are words and their answers. The CLI keeps others in the same
file, such as requests as they were sent and where to go on working; none of them is needed to go on.
"""

from __future__ import annotations

import asyncio
import json
import posixpath
import re
from dataclasses import dataclass

import structlog

from sandbox.protocol import Sandbox, SandboxError, SandboxGone, SandboxUnavailable

log = structlog.get_logger()

# A conversation of a hundred long turns; a longer one begins anew, with the thread and what was said last in its prompt.
MAX_TRANSCRIPT_BYTES = 32 * 1024**2
# Names of folders, of which there is one in a home that only the CLI wrote to.
MAX_LISTED_BYTES = 64 * 1024

CARRIED_ENTRIES = frozenset({"user", "assistant", "system"})

# Where it waits while the home is made anew: no agent can write there, and whoever goes on after a crash finds it.
_WAITING_FILE = "conversation.json"


@dataclass(frozen=True)
class Transcript:
    """`folder` is the CLI's name for the working directory, below `projects`."""

    folder: str
    lines: str


def config_folder(sandbox: Sandbox) -> str:
    """What `CLAUDE_CONFIG_DIR` has to say: https://code.claude.com/docs/en/env-vars."""
    return posixpath.join(sandbox.paths.home, ".claude")


async def make_home(sandbox: Sandbox, session_id: str) -> bool:
    """Give the sandbox a home of Harvest's making; whether the CLI can resume the conversation of this id there.

    To be called before anything of an agent runs in the sandbox; repeating it changes nothing. Raises SandboxError.
    """
    if sandbox.started_from != "snapshot":  # nobody has spoken there yet
        await sandbox.renew_home()
        return False
    transcript = await _waiting(sandbox)
    if transcript is None:
        transcript = await _left_by_the_last_run(sandbox, session_id)
        document = json.dumps([transcript.folder, transcript.lines])
        await sandbox.write_file(_waiting_file(sandbox), document.encode())
    await sandbox.renew_home()
    if not transcript.lines:
        return False
    await sandbox.write_file(_transcript(sandbox, transcript.folder, session_id), transcript.lines.encode())
    return True


async def can_resume(sandbox: Sandbox) -> bool:
    """What `make_home` has said in this sandbox before. Raises SandboxError."""
    transcript = await _waiting(sandbox) if sandbox.started_from == "snapshot" else None
    return transcript is not None and transcript.lines != ""


async def _waiting(sandbox: Sandbox) -> Transcript | None:
    try:
        # As JSON, of which a character may take six bytes.
        document = await sandbox.read_file(_waiting_file(sandbox), max_bytes=7 * MAX_TRANSCRIPT_BYTES)
    except FileNotFoundError:
        return None
    return Transcript(*json.loads(document))


async def _left_by_the_last_run(sandbox: Sandbox, session_id: str) -> Transcript:
    """What can be carried on of the transcript; without lines if that is nothing."""
    folder = re.sub(r"[^A-Za-z0-9]", "-", sandbox.paths.workspace)  # as the CLI writes it today; looking takes a command
    written = await _transcript_in(sandbox, folder, session_id)
    if written is None and (found := await _folder_with(sandbox, session_id)) is not None:
        folder, written = found, await _transcript_in(sandbox, found, session_id)
    if written is None:
        return Transcript("", "")
    return Transcript(folder, await asyncio.to_thread(carried_lines, written))


async def _transcript_in(sandbox: Sandbox, folder: str, session_id: str) -> bytes | None:
    try:
        return await sandbox.read_file(_transcript(sandbox, folder, session_id), max_bytes=MAX_TRANSCRIPT_BYTES)
    except FileNotFoundError:
        return None
    except (SandboxGone, SandboxUnavailable):
        raise
    except SandboxError as problem:  # too large, or something else in its place
        log.warning("the conversation begins anew", problem=str(problem))
        return None


async def _folder_with(sandbox: Sandbox, session_id: str) -> str | None:
    """The folder that holds the transcript, by whatever name."""
    projects = posixpath.join(config_folder(sandbox), "projects")
    look = ["find", projects, "-mindepth", "2", "-maxdepth", "2", "-name", f"{session_id}.jsonl", "-type", "f"]
    found = await sandbox.run(look, cwd=sandbox.paths.tmp, max_bytes=MAX_LISTED_BYTES, offline=True)
    name = re.compile(re.escape(projects) + r"/([A-Za-z0-9_-]+)/" + re.escape(session_id) + r"\.jsonl")
    lines = found.stdout.decode("utf-8", "replace").splitlines()
    return min((match[1] for line in lines if (match := name.fullmatch(line))), default=None)


def _transcript(sandbox: Sandbox, folder: str, session_id: str) -> str:
    return posixpath.join(config_folder(sandbox), "projects", folder, f"{session_id}.jsonl")


def carried_lines(written: bytes) -> str:
    """The entries of a transcript that come along, written anew; what is not one JSON object to a line is left out."""
    carried = []
    for line in written.split(b"\n"):
        try:
            entry = json.loads(line, parse_constant=_refuse)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict) and str(entry.get("type")) in CARRIED_ENTRIES:
            carried.append(json.dumps(entry) + "\n")
    return "".join(carried)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _waiting_file(sandbox: Sandbox) -> str:
    return posixpath.join(sandbox.paths.control, _WAITING_FILE)
