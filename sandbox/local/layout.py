"""Where a local sandbox's things lie on disk, and what they are called from inside.

    <root>/sandboxes/<session>/     record.json, workspace/, home/, control/ (with control/runs/), tmp/, egress/
    <root>/snapshots/<id>/          snapshot.json, workspace/, home/, and for an hour spare/, which is the latter two once more
    <root>/programs/                python3, python, claude, chrome-devtools-mcp: links, first on the sandbox's PATH
    <root>/etc/                     the passwd and group files of the sandbox's user
    <root>/locks/                   one lock a session, so that two processes never build or remove it at once

The agent is shown the four folders that it works with, and the socket in egress/; its sandbox's record and rules are not.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sandbox.browser import PROGRAM
from sandbox.protocol import SandboxPaths

# All of it is for Harvest's own user alone: a sandbox may hold a private repository and files with the setuid bit.
PRIVATE = 0o700
FOLDERS = ("workspace", "home", "control", "control/runs", "tmp", "egress", "egress/socket")
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")

# Google's own packages put Chrome there; /usr/bin has a link to it.
BROWSERS_ELSEWHERE = (Path("/opt/google/chrome"),)

PASSWD_FILE = "root:x:0:0:root:/root:/usr/sbin/nologin\nharvest:x:1000:1000:Harvest:/home/harvest:/bin/sh\n"  # noqa: S105 - names of users
GROUP_FILE = "root:x:0:\nharvest:x:1000:\n"


def inside_paths() -> SandboxPaths:
    """Where things are under bubblewrap: the same in every sandbox, since the agent's session files are keyed by folder."""
    return SandboxPaths(workspace="/workspace", home="/home/harvest", control="/harvest", tmp="/tmp")  # noqa: S108


def outside_paths(folder: Path) -> SandboxPaths:
    """Where the same things are on this machine; also what an unisolated command sees."""
    return SandboxPaths(*(str(folder / name) for name in ("workspace", "home", "control", "tmp")))


class Layout:
    """The folders of one backend. `claude` is the Claude CLI as found or configured, `browser_server` the program with the
    browser's tools (`sandbox/browser.py`), either None when there is none."""

    inside_programs = "/opt/harvest/bin"

    def __init__(self, root: Path, claude: Path | None, browser_server: Path | None = None) -> None:
        self.root = root.resolve()
        self.claude = claude.resolve() if claude else None
        self.browser_server = browser_server.resolve() if browser_server else None
        node = shutil.which("node") if browser_server else None
        self.node = Path(node).resolve() if node else None
        self.sandboxes = self.root / "sandboxes"
        self.snapshots = self.root / "snapshots"
        self.programs = self.root / "programs"
        self.etc = self.root / "etc"
        self.locks = self.root / "locks"

    def prepare(self) -> None:
        """Make what all sandboxes share; doing it again changes nothing but a link that points elsewhere."""
        for folder in (self.root, self.sandboxes, self.snapshots, self.programs, self.etc, self.locks):
            folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        for name, text in (("passwd", PASSWD_FILE), ("group", GROUP_FILE)):
            _write_once(self.etc / name, text.encode())
        python = Path(sys.executable).resolve()
        links = {"python3": python, "python": python, "claude": self.claude, PROGRAM: self.browser_server, "node": self.node}
        for name, target in links.items():
            if target is not None:
                _link(self.programs / name, target)

    def folder_of(self, session: str) -> Path:
        """The one place of a session's sandboxes, whatever characters its name holds."""
        if PLAIN_NAME.fullmatch(session):
            return self.sandboxes / session
        readable = re.sub(r"[^A-Za-z0-9]+", "-", session).strip("-")[:40]
        return self.sandboxes / f"{readable}-{hashlib.sha256(session.encode()).hexdigest()[:16]}".lstrip("-")

    def make_folders(self, folder: Path) -> None:
        """Make a sandbox's own folders where they are missing."""
        for name in FOLDERS:
            (folder / name).mkdir(mode=PRIVATE, parents=True, exist_ok=True)

    def claude_files(self) -> list[Path]:
        """What has to be seen for the CLI to run: the file alone, or the whole of the npm package that it is part of."""
        if self.claude is None or not self.claude.is_file():
            return []
        is_in_package = (self.claude.parent / "package.json").is_file()
        return [self.claude.parent if is_in_package else self.claude]

    def browser_files(self) -> list[Path]:
        """What has to be seen for the browser's tools to run: the server's whole package, Node, and a browser that is not
        where distributions put theirs."""
        if self.browser_server is None or self.node is None:
            return []
        package = next((each for each in self.browser_server.parents if (each / "package.json").is_file()), None)
        return [each for each in (package, self.node, *BROWSERS_ELSEWHERE) if each is not None and each.exists()]

    @contextmanager
    def locked(self, folder: Path) -> Iterator[None]:
        """Hold a session's place against every other thread and process that would build or remove it. Blocks."""
        self.locks.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        descriptor = os.open(self.locks / folder.name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def replace(path: Path, data: bytes) -> None:
    """Write a file of Harvest's own whole or not at all, in a folder that no agent can write to."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _write_once(path: Path, data: bytes) -> None:
    """As `replace` does, unless that is what is there: each write waits for the disk."""
    with suppress(FileNotFoundError):
        if path.read_bytes() == data:
            return
    replace(path, data)


def _link(path: Path, target: Path) -> None:
    with suppress(OSError):
        if path.readlink() == target:
            return
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    temporary.symlink_to(target)
    temporary.replace(path)
