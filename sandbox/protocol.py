"""What every sandbox can do, whoever runs it. The job is written against this file and never against a backend.

Local folders and Modal containers both fit it. A sandbox outlives the process that made it: it is found again by its id,
and a process started in it goes on when Harvest is killed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sandbox.secret import Secret

StartedFrom = Literal["snapshot", "image", "base"]

# Enough for any command whose output Harvest reads as a whole; a hostile one can't fill the memory.
MAX_CAPTURED_BYTES = 8 * 1024 * 1024


class SandboxError(Exception):
    """A sandbox could not do what was asked; the message says what, to which sandbox, and what to do."""


class SandboxGone(SandboxError):
    """The sandbox has ended or never was: nothing in it can be reached any more."""


class SandboxUnavailable(SandboxError):
    """Sandboxes can't be reached or had for now (an outage, a full account): the same call may go through later."""


class NoRoom(SandboxUnavailable):
    """As many sandboxes live as may at a time: there is room when one of them has ended."""


class SnapshotGone(SandboxError):
    """The snapshot or repository image has expired, was removed or can't be read: start from something else."""


class PlaceTaken(SandboxError):
    """Another sandbox of the session lives where this one would have been made."""


@dataclass(frozen=True)
class Egress:
    """What a sandbox may reach on the network: anything when `hosts` is None, else these hosts and its own loopback.

    A host is a name, `*.` and a name for all below it (`sandbox/hosts.py`), or an IP address. How exactly a sandbox is held to
    the list is the backend's: docs/security.md. Where a backend keeps its own machine and private networks out of reach, what
    the operator named there is reached all the same: `services`, URLs that no job can do without, and `networks`, addresses
    and ranges of them. Everybody else reads `hosts` alone, in which they stand as well.
    """

    hosts: tuple[str, ...] | None = None
    services: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


ANYTHING = Egress()


@dataclass(frozen=True)
class SandboxSpec:
    """What to create.

    `name` is unique and made from the job's id: creating the same name twice adopts the living one.
    `session` names the conversation: sandboxes of one session see the same paths, because the agent's own session files
    are keyed by its working directory. `image_id` is a repository image: a snapshot that many sessions start from. Beside a
    `snapshot_id` it is only what a renewed home is made from; with neither, the sandbox starts from the base. Where no agent
    is to work (`calls_model` is False), a key that the backend would put into requests to the model stays out of them.
    Where only one sandbox of a session can live, a new one takes the place of another; one that `gives_way` does not.
    """

    name: str
    session: str
    tags: Mapping[str, str] = field(default_factory=dict)
    snapshot_id: str | None = None
    image_id: str | None = None
    cpu: float = 2.0
    memory_mib: int = 4096
    timeout_seconds: int = 2 * 60 * 60
    egress: Egress = ANYTHING
    calls_model: bool = True
    gives_way: bool = False

    @property
    def start(self) -> tuple[StartedFrom, str | None]:
        """What it starts from, and the id of that; the base has none."""
        if self.snapshot_id is not None:
            return "snapshot", self.snapshot_id
        if self.image_id is not None:
            return "image", self.image_id
        return "base", None


@dataclass(frozen=True)
class SandboxPaths:
    """Where things are, as seen from inside the sandbox (absolute paths).

    `workspace` is the repository's clone and the agent's working directory; `home` is HOME; `control` holds what belongs
    to Harvest: the supervisor, its run folders, credentials. Commands in an isolated sandbox can read `control` and write
    only below `control/runs`; everything else in it is written with `write_file`. `tmp` is emptied with the sandbox.
    """

    workspace: str
    home: str
    control: str
    tmp: str


@dataclass(frozen=True)
class Completed:
    """A finished command: exit code (negative: ended by that signal) and its captured output."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    truncated: bool = False


@dataclass(frozen=True)
class NewFile:
    """A file to be written: where, what, and who may read it."""

    path: str
    data: bytes = field(repr=False)
    mode: int = 0o600


@dataclass(frozen=True)
class SandboxSummary:
    """One living sandbox, as `list` shows it. `created_at` is in seconds since the epoch."""

    id: str
    name: str
    tags: Mapping[str, str]
    created_at: float


class Process(Protocol):
    """A command running in a sandbox. Both streams must be read or the command may block on them."""

    @property
    def stdout(self) -> AsyncIterator[bytes]: ...

    @property
    def stderr(self) -> AsyncIterator[bytes]: ...

    async def wait(self) -> int:
        """The exit code; negative when a signal ended it."""
        ...

    async def kill(self) -> None:
        """End it and its children at once; a finished one is left alone."""
        ...


class Sandbox(Protocol):
    """One isolated machine."""

    @property
    def id(self) -> str: ...

    @property
    def paths(self) -> SandboxPaths: ...

    @property
    def started_from(self) -> StartedFrom: ...

    @property
    def created_at(self) -> float:
        """When it was created, in seconds since the epoch; also for whoever adopted or attached to it."""
        ...

    @property
    def programs_are_those_of(self) -> str | None:
        """The name of what its programs and their settings outside of workspace and home come from, where that is known to
        be the same in every sandbox of this name and can't be changed from inside; None elsewhere."""
        ...

    @property
    def isolated(self) -> bool:
        """True when the agent can't reach the machine Harvest runs on: decides the CLI's permission mode."""
        ...

    async def start(
        self,
        argv: Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        secrets: Mapping[str, Secret] | None = None,
        stdin: bytes = b"",
        detached: bool = False,
        offline: bool = False,
    ) -> Process:
        """Start a command with the sandbox's own small environment plus `env` and `secrets` (environment variables both).

        `cwd` is the workspace unless given. A `detached` command's output is discarded, and it goes on when Harvest ends. An
        `offline` one needs no network, and has none where giving it one takes time.
        What a command leaves running may be ended with it. Raises SandboxGone, or SandboxError when the command can't be
        started; a program that isn't there may also show as exit code 127, as in a shell.
        """
        ...

    async def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        secrets: Mapping[str, Secret] | None = None,
        stdin: bytes = b"",
        timeout_seconds: float = 60,
        max_bytes: int = MAX_CAPTURED_BYTES,
        offline: bool = False,
    ) -> Completed:
        """Run a command to its end. Past the time limit it is killed and SandboxError says so; output past `max_bytes`
        is dropped and `truncated` set."""
        ...

    async def read_file(self, path: str, *, max_bytes: int = MAX_CAPTURED_BYTES) -> bytes:
        """A regular file's bytes; FileNotFoundError if absent, SandboxError if larger than `max_bytes` or not a regular
        file (a link out of the sandbox is never followed)."""
        ...

    async def write_file(self, path: str, data: bytes, *, mode: int = 0o600) -> None:
        """Write a file whole or not at all, making its folders; never through a link."""
        ...

    async def write_files(self, files: Sequence[NewFile]) -> None:
        """Write each of them as `write_file` does, at the price of one; in which order is left open."""
        ...

    async def set_egress(self, egress: Egress) -> None:
        """Change what it may reach from now on. Raises SandboxError when this backend can't."""
        ...

    async def renew_home(self) -> None:
        """Make the home anew, whatever is in it: as the repository image has it that the session began with, or its successor,
        else empty. To be called before anything of an agent runs in a sandbox; repeating it is harmless. Raises SandboxError.
        """
        ...

    async def stand_by(self) -> None:
        """Nobody works in it until it is handed over. One that ends before that leaves its files to the next sandbox from the
        same snapshot, where they would have to be copied."""
        ...

    async def snapshot(self) -> str:
        """Keep the workspace and home as they are now; gives the snapshot's id. The control folder is left out of it."""
        ...

    async def end_processes(self) -> None:
        """End every process that runs in it, whatever they do against it; its files stay, and commands can be started again.

        The processes have no say in it and no way to hinder it. None of them runs any more when this returns. Raises
        SandboxGone, or SandboxError when some would not end: then only `terminate` is left.
        """
        ...

    async def terminate(self) -> None:
        """End every process in it and remove it; one that is gone already is no error."""
        ...


class SandboxBackend(Protocol):
    """Makes and finds sandboxes."""

    @property
    def name(self) -> str: ...

    @property
    def limits_egress(self) -> bool:
        """Whether it can hold a sandbox to a list of hosts; `create` refuses such a spec where it can't."""
        ...

    @property
    def makes_ahead(self) -> bool:
        """Whether a sandbox can be made before the session that it is for is known."""
        ...

    async def create(self, spec: SandboxSpec) -> Sandbox:
        """Create a sandbox, or adopt the living one of that name. Raises SnapshotGone, SandboxError; PlaceTaken when it
        should have given way."""
        ...

    async def attach(self, sandbox_id: str) -> Sandbox:
        """Find a living sandbox again; raises SandboxGone."""
        ...

    async def hand_over(self, sandbox_id: str, tags: Mapping[str, str]) -> Sandbox:
        """Give a sandbox that was made ahead to a job: from now on it carries these tags, and none of those that it was made
        with. Raises SandboxGone."""
        ...

    async def list(self, tags: Mapping[str, str]) -> list[SandboxSummary]:
        """Living sandboxes that carry all of these tags."""
        ...

    async def exit_snapshot(self, sandbox_id: str) -> str | None:
        """What an ended sandbox left when it ended, as a snapshot's id: out of memory, past its time, killed. None when
        nothing was kept of it."""
        ...

    async def cost(self, sandbox_id: str) -> float | None:
        """What an ended sandbox cost, in US dollars; None as long as its provider doesn't tell."""
        ...

    async def delete_snapshot(self, snapshot_id: str) -> None:
        """Forget a snapshot; an unknown one is no error."""
        ...

    async def old_snapshots(self, before: float) -> Sequence[str]:
        """Snapshots that were taken before then (seconds since the epoch), of those that go by no time limit of their own."""
        ...

    async def close(self) -> None:
        """Let go of connections; sandboxes go on."""
        ...
