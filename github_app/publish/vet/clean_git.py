"""Git in a bare repository of Harvest's own, made for one job: nothing in it was ever writable by the agent.

No system, user or repository configuration that is not ours, no hooks, no prompts, no other protocol than the one asked for;
every call is bounded in time, output and memory.

The token travels as an HTTP header in git's configuration from the environment, bound to the repository's address. Of the
two ways that keep it out of command lines and URLs this is the safer: a credential file would lie on a disk, and outlive a
killed process; the environment ends with the one git process and is readable by its own user only, who holds the token
anyway.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.secret import Secret
from sandbox.time_limit import TimeLimit

# The largest depth that git knows: all of the history (https://git-scm.com/docs/shallow).
ALL_HISTORY = "--depth=2147483647"

# Local plumbing on one change; the network gets longer.
LOCAL_SECONDS = 120
NETWORK_SECONDS = 600
MAX_OUTPUT_BYTES = 64 * 1024 * 1024
MAX_STDERR_BYTES = 64 * 1024
# Objects can be made that unpack to a thousand times their size, and git holds trees and differences in memory whole.
MAX_ADDRESS_SPACE_KIB = 4 * 1024 * 1024
# What git says when it came to its limit of memory (its wrapper.c, and zlib's or the system's words after it).
_OUT_OF_MEMORY = re.compile(r"out of memory|Cannot allocate memory", re.IGNORECASE)

# How long a killed command's pipes are given to close.
_END_SECONDS = 5

# The second limit is on what git allocates itself, the packs that it maps left out.
_WITH_MEMORY_LIMITS = ("/bin/sh", "-c", 'ulimit -v "$1" && ulimit -d "$2" && shift 2 && exec "$@"', "sh")

# What a server behind a proxy or with an authority of its own needs to reach GitHub; nothing else of our environment is
# passed.
_PASSED_ON = (
    *("PATH", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
)

_CONFIG = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.bigFileThreshold": "4m",  # larger files are streamed, never held in memory
    "core.packedGitLimit": "1g",
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "credential.helper": "",
    "fetch.unpackLimit": "1",  # keep packs as packs
    "fetch.recurseSubmodules": "false",
    "gc.auto": "0",
    "http.followRedirects": "false",  # the token is for this address
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "maintenance.auto": "false",
    "pack.threads": "1",
    "push.followTags": "false",
    "push.recurseSubmodules": "no",
    "transfer.fsckObjects": "false",  # the repository's own old objects may have faults; the new ones are checked by hand
}


class GitFailed(Exception):
    """A git command ended badly: which one, how, and what it said."""

    def __init__(self, command: str, exit_code: int, stderr: str) -> None:
        super().__init__(f"git {command} ended with {exit_code}: {stderr[-500:] or 'it said nothing'}")
        self.exit_code = exit_code
        self.stderr = stderr


class GitTookTooLong(GitFailed):
    """A git command was ended at its time limit."""


class GitSaidTooMuch(GitFailed):
    """A git command was ended because its output grew past the limit."""


class GitTookTooMuchMemory(GitFailed):
    """A git command ended because it was given no more memory."""


@dataclass(frozen=True)
class Remote:
    """A repository on the server: its address without credentials, and the token for it."""

    url: str
    token: Secret = field(repr=False)


@dataclass(frozen=True)
class Output:
    """What a finished git command gave."""

    exit_code: int
    stdout: bytes
    stderr: str


class CleanGit:
    """Runs git in one bare repository."""

    def __init__(self, repository: Path) -> None:
        self.repository = repository

    @classmethod
    async def create(cls, repository: Path) -> CleanGit:
        """Make an empty bare repository at this path, whose parent exists. Raises GitFailed."""
        clean = cls(repository)
        await clean.run("init", "--quiet", "--bare", "--template=", "--initial-branch=none", ".")
        return clean

    async def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        remote: Remote | None = None,
        accept: tuple[int, ...] = (0,),
        timeout_seconds: float | None = None,
        max_bytes: int = MAX_OUTPUT_BYTES,
        max_memory_kib: int = MAX_ADDRESS_SPACE_KIB,
    ) -> Output:
        """Run one git command in the repository. With a `remote`, git may talk to that server and use its token; without one
        only to local files.

        Raises GitFailed for an exit code that is not in `accept`, GitTookTooLong, GitSaidTooMuch, GitTookTooMuchMemory.
        """
        self.repository.mkdir(mode=0o700, exist_ok=True)
        limit = timeout_seconds or (NETWORK_SECONDS if remote else LOCAL_SECONDS)
        process = await asyncio.create_subprocess_exec(
            *(*_WITH_MEMORY_LIMITS, str(MAX_ADDRESS_SPACE_KIB), str(max_memory_kib)),
            *("git", *arguments),
            cwd=self.repository,
            env=_environment(self.repository, remote) | dict(env or {}),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with TimeLimit(limit):
                stdout, stderr = await _talk(process, stdin, max_bytes)
                exit_code = await process.wait()
        except TimeoutError as error:
            raise GitTookTooLong(arguments[0], -signal.SIGKILL, f"it took longer than {limit:.0f} s") from error
        finally:
            await _end(process)
        said = stderr.decode("utf-8", "replace").strip()
        if stdout is None:
            raise GitSaidTooMuch(arguments[0], exit_code, f"its output grew past {max_bytes:,} bytes")
        if exit_code != 0 and _OUT_OF_MEMORY.search(said):
            raise GitTookTooMuchMemory(arguments[0], exit_code, said)
        if exit_code not in accept:
            raise GitFailed(arguments[0], exit_code, said)
        return Output(exit_code, stdout, said)


def _environment(repository: Path, remote: Remote | None) -> dict[str, str]:
    config = dict(_CONFIG)
    protocol = "file"
    if remote is not None:
        protocol = urlsplit(remote.url).scheme
        if protocol in ("http", "https"):
            login = base64.b64encode(f"x-access-token:{remote.token.reveal()}".encode()).decode()
            config[f"http.{remote.url}.extraHeader"] = f"Authorization: Basic {login}"
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment |= {
        "HOME": "/nonexistent",
        "XDG_CONFIG_HOME": "/nonexistent",
        "GIT_DIR": str(repository),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_ALLOW_PROTOCOL": protocol,
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "GIT_EDITOR": "/bin/false",
        "GIT_PAGER": "cat",
        "LC_ALL": "C",
        "GIT_CONFIG_COUNT": str(len(config)),
    }
    for index, (key, value) in enumerate(config.items()):
        environment[f"GIT_CONFIG_KEY_{index}"] = key
        environment[f"GIT_CONFIG_VALUE_{index}"] = value
    return environment


async def _talk(process: asyncio.subprocess.Process, stdin: bytes, max_bytes: int) -> tuple[bytes | None, bytes]:
    """Feed it and read it to its end; stdout is None when there was more than `max_bytes` of it, and then it is ended."""
    stdin_pipe, stdout_pipe, stderr_pipe = process.stdin, process.stdout, process.stderr
    if stdin_pipe is None or stdout_pipe is None or stderr_pipe is None:
        raise RuntimeError("git was started without the pipes that were asked for")

    async def feed(pipe: asyncio.StreamWriter) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it ended early, and its exit code says how
            pipe.write(stdin)
            await pipe.drain()
        pipe.close()

    async def read(pipe: asyncio.StreamReader) -> bytes | None:
        pieces, size = [], 0
        while piece := await pipe.read(1 << 16):
            size += len(piece)
            if size <= max_bytes:
                pieces.append(piece)
            else:  # what still comes until it is dead is dropped
                pieces.clear()
                _kill(process)
        return b"".join(pieces) if size <= max_bytes else None

    async def read_tail(pipe: asyncio.StreamReader) -> bytes:
        tail = b""
        while piece := await pipe.read(1 << 16):
            tail = (tail + piece)[-MAX_STDERR_BYTES:]
        return tail

    async with asyncio.TaskGroup() as group:
        group.create_task(feed(stdin_pipe))
        stdout = group.create_task(read(stdout_pipe))
        stderr = group.create_task(read_tail(stderr_pipe))
    return stdout.result(), stderr.result()


def _kill(process: asyncio.subprocess.Process) -> None:
    """End it and its children (git-remote-https, index-pack), which share its process group."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leave nothing of it behind, whichever way it went: the process, its children, the pipes."""
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is None:
        _kill(process)
        with contextlib.suppress(TimeoutError):  # a child that left the group may keep a pipe open; that is not waited for
            async with asyncio.timeout(_END_SECONDS):
                await process.communicate()
