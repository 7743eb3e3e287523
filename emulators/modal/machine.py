"""How sandboxes are made out of this computer: what the service asks for, whoever does it.

Two machines fit: `namespaces` (root on Linux: own file tree, processes, users, network) and `folders` (no privileges, no
isolation). The service never looks behind this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from emulators.modal.command import Command

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DEFAULT_ENV: Mapping[str, str] = {"PATH": DEFAULT_PATH, "HOME": "/root", "LANG": "C.UTF-8"}


class MachineError(Exception):
    """The computer would not do it; the message says what and why."""


@dataclass(frozen=True)
class Attached:
    """A folder of the host that appears at `target` in a sandbox."""

    source: Path
    target: str
    read_only: bool


@dataclass(frozen=True)
class Egress:
    """What a sandbox may reach. `blocked` is everything; otherwise `cidrs` None means anything goes.

    `tls_anywhere` stands for a list of domain names: Modal lets TLS on 443 to these names and DNS pass. Names can't be told
    apart here, so both ports are open.
    """

    blocked: bool = False
    cidrs: tuple[str, ...] | None = None
    tls_anywhere: bool = False


@dataclass(frozen=True)
class BootPlan:
    """A sandbox to start: image layers (topmost first), environment, working directory, entrypoint (may be empty)."""

    layers: tuple[int, ...]
    env: Mapping[str, str]
    workdir: str
    argv: Sequence[str] = ()
    egress: Egress = field(default_factory=Egress)
    attached: Sequence[Attached] = ()


@dataclass(frozen=True)
class ExecPlan:
    """A command for a living sandbox; its environment is the sandbox's own plus `env`. `time_limit` in seconds, 0 for none."""

    argv: Sequence[str]
    env: Mapping[str, str]
    workdir: str
    pty: bool = False
    keep_stdout: bool = True
    keep_stderr: bool = True
    time_limit: float = 0.0


class Guest(Protocol):
    """One started sandbox. It ends when its entrypoint does or by `kill`."""

    @property
    def main(self) -> Command:
        """The entrypoint: its end is the sandbox's end, and its exit code the sandbox's."""
        ...

    @property
    def standing(self) -> bool:
        """False as soon as its end has begun, before that is seen anywhere else."""
        ...

    async def execute(self, plan: ExecPlan) -> Command:
        """Start a command in it."""
        ...

    async def file_operation(self, request: str) -> Command:
        """Start one operation of Modal's file tools, given as their JSON."""
        ...

    async def snapshot(self) -> tuple[int, ...]:
        """Its file tree as layers; also after its end, until `remove`."""
        ...

    async def snapshot_directory(self, path: str) -> tuple[int, ...]:
        """One folder of it as a layer whose root is that folder."""
        ...

    async def mount(self, path: str, layers: tuple[int, ...]) -> None:
        """Lay an image over a folder of it."""
        ...

    async def unmount(self, path: str) -> None: ...

    def set_egress(self, egress: Egress) -> None:
        """Change what it may reach from now on."""
        ...

    def kill(self) -> None:
        """End every process in it at once."""
        ...

    async def remove(self) -> None:
        """Give back what it used, once it has ended."""
        ...


class Machine(Protocol):
    """Makes guests and keeps layers."""

    @property
    def name(self) -> str: ...

    @property
    def not_isolated(self) -> Sequence[str]:
        """What a sandbox made here does not keep apart, each in a few words."""
        ...

    async def boot(self, plan: BootPlan) -> Guest:
        """Start a sandbox. Raises MachineError."""
        ...

    def new_layer(self) -> tuple[int, Path]:
        """An empty layer to put files into: its number and its folder."""
        ...

    def drop_layer(self, layer: int) -> None: ...

    def close(self) -> None:
        """Give back what outlives the process; guests have ended by now."""
        ...
