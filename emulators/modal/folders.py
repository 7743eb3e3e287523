"""Sandboxes without any privilege: a folder each, and processes that are kept together by a mark in their environment.

For trying the protocol where namespaces are not to be had. File API, volumes and snapshots work inside the folder; commands
run on this computer as the user who started the emulator, with the folder as their root for relative paths and HOME.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from emulators.modal.command import Command, HowToRun
from emulators.modal.layers import LayerStore, copy_tree
from emulators.modal.machine import DEFAULT_ENV, BootPlan, Egress, ExecPlan, MachineError
from emulators.modal.settings import Shown

_FILE_TOOLS = Path(__file__).parent / "file_tools.py"
_MARK = "EMULATED_MODAL_GUEST"


class FolderMachine:
    """Boots guests as folders under `root`."""

    name = "folders"
    not_isolated: Sequence[str] = (
        "commands see this computer's files at absolute paths",
        "commands run as the user who started the emulator",
        "processes see each other",
        "the network is never blocked or limited",
        "CPU and memory limits are recorded, not enforced",
    )

    def __init__(self, root: Path, shown: Sequence[Shown]) -> None:
        self.root = root
        self.layers = LayerStore(root / "layers")
        self.shown = tuple(shown)
        self._guests = 0

    async def boot(self, plan: BootPlan) -> FolderGuest:
        self._guests += 1
        guest = FolderGuest(self, self.root / "guests" / str(self._guests), plan)
        await guest.start()
        return guest

    def new_layer(self) -> tuple[int, Path]:
        return self.layers.new()

    def drop_layer(self, layer: int) -> None:
        self.layers.drop(layer)

    def close(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


class FolderGuest:
    """One sandbox: a folder, and every process that carries its mark."""

    main: Command

    def __init__(self, machine: FolderMachine, folder: Path, plan: BootPlan) -> None:
        self._machine = machine
        self._plan = plan
        self._folder = folder
        self._mark = f"{os.getpid()}-{folder.name}"
        self._env = {**DEFAULT_ENV, **plan.env, "HOME": str(folder / "root"), _MARK: self._mark}

    async def start(self) -> None:
        """Unpack the layers and start the entrypoint, or a process that waits to be killed."""
        for name in ("root", "tmp"):
            (self._folder / name).mkdir(parents=True)
        for layer in reversed(self._plan.layers):
            await copy_tree(self._machine.layers.path(layer), self._folder)
        places = [(entry.source, entry.target) for entry in self._machine.shown]
        places += [(entry.source, entry.target) for entry in self._plan.attached]
        for source, target in places:
            place = self._inside(target)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)  # a link that a snapshot kept
            place.symlink_to(source)
        argv = list(self._plan.argv) or ["sleep", "infinity"]
        self.main = await self.execute(ExecPlan(argv, {}, self._plan.workdir))

    @property
    def standing(self) -> bool:
        return self.main.running

    async def execute(self, plan: ExecPlan) -> Command:
        workdir = self._inside(plan.workdir)
        workdir.mkdir(parents=True, exist_ok=True)
        # A shell starts the command, so that one that can't be found ends with 127 as it does in a real sandbox.
        argv = ["/bin/sh", "-c", 'exec "$@"', "sh", *plan.argv]
        env = {**self._env, **plan.env}
        return await Command.start(
            HowToRun(argv, env, plan.pty, plan.keep_stdout, plan.keep_stderr, plan.time_limit, cwd=str(workdir))
        )

    async def file_operation(self, request: str) -> Command:
        argv = [sys.executable, "-I", "-S", str(_FILE_TOOLS), "prefix", str(self._folder), request]
        return await Command.start(HowToRun(argv, dict(DEFAULT_ENV)))

    async def snapshot(self) -> tuple[int, ...]:
        return (await self._machine.layers.copy(self._folder),)

    async def snapshot_directory(self, path: str) -> tuple[int, ...]:
        return (await self._machine.layers.copy(self._inside(path)),)

    async def mount(self, path: str, layers: tuple[int, ...]) -> None:
        place = self._inside(path)
        if place.exists():
            raise MachineError(f"{path} exists already, and without namespaces nothing can be laid over it")
        place.mkdir(parents=True)
        for layer in reversed(layers):
            await copy_tree(self._machine.layers.path(layer), place)

    async def unmount(self, path: str) -> None:
        await asyncio.to_thread(shutil.rmtree, self._inside(path))

    def set_egress(self, allowed: Egress) -> None:
        """Nothing can be limited here; `not_isolated` says so."""

    def kill(self) -> None:
        """Kill until nobody with the mark is left: a killed process may just have started another."""
        while marked := [pid for pid in _processes() if _carries(pid, self._mark)]:
            for pid in marked:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    async def remove(self) -> None:
        self.kill()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def _inside(self, path: str) -> Path:
        return self._folder / path.lstrip("/")


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _carries(pid: int, mark: str) -> bool:
    try:
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
            return False  # dead already, waiting to be reaped
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return f"{_MARK}={mark}".encode() in environment.split(b"\0")
