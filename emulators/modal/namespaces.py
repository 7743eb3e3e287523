"""Sandboxes in Linux namespaces: own file tree, processes, host name and users; network blocked or limited on request.

The file tree is an overlay: the image's layers over what `host_image` leaves of this computer, and a folder of its own on
top, which is what a snapshot keeps. Needs root, because a sandbox has users of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from emulators.modal import egress, host_image, kernel
from emulators.modal.command import Command, HowToRun
from emulators.modal.layers import LayerStore
from emulators.modal.machine import DEFAULT_ENV, BootPlan, Egress, ExecPlan, MachineError
from emulators.modal.settings import Shown

_HERE = Path(__file__).parent

# What containers usually keep (Docker's default): enough to install packages and change user, not to reach the host.
# Numbers as in linux/capability.h.
_CAPABILITIES = {
    "chown": 0,
    "dac_override": 1,
    "fowner": 3,
    "fsetid": 4,
    "kill": 5,
    "setgid": 6,
    "setuid": 7,
    "setpcap": 8,
    "net_bind_service": 10,
    "sys_chroot": 18,
    "audit_write": 29,
    "setfcap": 31,
}

# Features that would make a copied layer mean something else than the original.
_PLAIN_OVERLAY = "redirect_dir=off,index=off,metacopy=off"

_JOIN_GROUP = 'echo 0 > "$1" && shift && exec "$@"'


class NamespaceMachine:
    """Boots guests under `root`, a folder that this machine fills with mounts of its own.

    The process must be single-threaded when this is made: it moves into a mount namespace of its own, so that nothing
    stays mounted when it dies, however it dies. Raises MachineError where the computer refuses.
    """

    name = "namespaces"

    def __init__(self, root: Path, shown: Sequence[Shown]) -> None:
        if reason := obstacle():
            raise MachineError(reason)
        root.mkdir(parents=True, exist_ok=True)
        kernel.own_mounts()
        # An overlay's writable layer may not lie inside its lower one, which is the host's root.
        kernel.mount("emulated-modal", str(root), "tmpfs", 0, "mode=700")
        self.root = root
        self.layers = LayerStore(root / "layers")
        self.shown = host_image.with_python(shown)
        self.mask, folder = self.layers.new()
        host_image.hide(folder, self.shown)
        self.groups = _control_groups(root / "groups")
        self._guests = 0

    @property
    def not_isolated(self) -> Sequence[str]:
        shared = [
            "CPU and memory limits are recorded, not enforced",
            "domain lists open ports 443 and 53 to everybody instead of to the names",
            "the host's loopback is reachable unless the network is blocked",
        ]
        return shared if self.groups else [*shared, "address lists are refused: no control group can be made"]

    async def boot(self, plan: BootPlan) -> NamespaceGuest:
        self._guests += 1
        guest = NamespaceGuest(self, self.root / "guests" / str(self._guests), plan)
        await guest.start()
        return guest

    def new_layer(self) -> tuple[int, Path]:
        return self.layers.new()

    def drop_layer(self, layer: int) -> None:
        self.layers.drop(layer)

    def close(self) -> None:
        if self.groups:
            with contextlib.suppress(OSError):  # a group with a process still in it: the next start sweeps it
                self.groups.rmdir()
        kernel.unmount(str(self.root))


class NamespaceGuest:
    """One sandbox: process 1 is `init.py`, everything else enters its namespaces."""

    main: Command

    def __init__(self, machine: NamespaceMachine, folder: Path, plan: BootPlan) -> None:
        self._machine = machine
        self._plan = plan
        self._folder = folder
        self._tree = folder / "tree"
        self._upper = folder / "upper"
        self._attach_point = folder / "attached"
        self._env = {**DEFAULT_ENV, **plan.env}
        self._pid = 0
        self._mounts = 0
        self._entered: list[Command] = []
        self._group = machine.groups / folder.name if machine.groups else None

    async def start(self) -> None:
        """Build the tree and start process 1; MachineError when it does not stand up."""
        for path in (self._tree, self._upper, self._folder / "work", self._attach_point):
            path.mkdir(parents=True)
        self._upper.chmod(0o755)
        # Images mounted later are made here and travel into the sandbox by mount propagation.
        kernel.mount(str(self._attach_point), str(self._attach_point), "", kernel.MS_BIND)
        kernel.mount("none", str(self._attach_point), "", kernel.MS_SHARED)
        if self._group:
            self._group.mkdir()
        self.set_egress(self._plan.egress)
        with os.fdopen(os.memfd_create("orders"), "wb+") as orders:
            orders.write(json.dumps(self._orders()).encode())
            orders.seek(0)
            await self._start_init(orders.fileno())

    def _orders(self) -> dict[str, object]:
        lower = ":".join([*(str(layer) for layer in self._plan.layers), str(self._machine.mask), "/"])
        attached = [(str(entry.source), entry.target, True) for entry in self._machine.shown]
        attached += [(str(entry.source), entry.target, entry.read_only) for entry in self._plan.attached]
        return {
            "tree": str(self._tree),
            "layers": str(self._machine.layers.root),
            "overlay": f"lowerdir={lower},upperdir={self._upper},workdir={self._folder}/work,{_PLAIN_OVERLAY}",
            "attach_point": str(self._attach_point),
            "attached": attached,
            "group": str(self._group or ""),
            "blocked": self._plan.egress.blocked,
            "capabilities": sorted(_CAPABILITIES.values()),
            "workdir": self._plan.workdir,
            "argv": list(self._plan.argv),
            "env": self._env,
        }

    async def _start_init(self, orders: int) -> None:
        ours, theirs = socket.socketpair()
        namespaces = ["--mount", "--propagation", "slave", "--pid", "--fork", "--kill-child", "--uts"]
        if self._plan.egress.blocked:
            namespaces.append("--net")
        script = [sys.executable, "-I", "-S", str(_HERE / "init.py"), str(orders), str(theirs.fileno())]
        # If this process dies without a word, so do its sandboxes.
        argv = ["setpriv", "--pdeathsig", "KILL", "unshare", *namespaces, *script]
        with ours:
            with theirs:
                handed = (orders, theirs.fileno())
                self.main = await Command.start(HowToRun(argv, {"PATH": self._env["PATH"]}, pass_fds=handed))
            ours.setblocking(False)
            if await asyncio.get_running_loop().sock_recv(ours, 1) != b"1":
                await self.main.wait()
                await self.main.drained()
                raise MachineError(f"a sandbox did not start: {self.main.stderr.text()[-500:]}")
            self._pid = _only_child(self.main.process.pid)
            ours.send(b"1")

    @property
    def standing(self) -> bool:
        """A process that has begun to exit has no memory left, and so no command line."""
        try:
            return bool(Path(f"/proc/{self._pid}/cmdline").read_bytes())
        except OSError:
            return False

    async def execute(self, plan: ExecPlan) -> Command:
        entering = ["nsenter", f"--target={self._pid}", "--mount", "--pid", "--uts", "--net", f"--wdns={plan.workdir}", "--"]
        kept = ",".join(["-all", *(f"+{name}" for name in _CAPABILITIES)])
        limited = ["setpriv", f"--bounding-set={kept}", "--inh-caps=-all", "--"]
        argv = [*entering, *limited, *plan.argv]
        if self._group:
            argv = ["sh", "-c", _JOIN_GROUP, "sh", f"{self._group}/cgroup.procs", *argv]
        argv[0] = shutil.which(argv[0]) or argv[0]
        command = await Command.start(
            HowToRun(argv, {**self._env, **plan.env}, plan.pty, plan.keep_stdout, plan.keep_stderr, plan.time_limit)
        )
        self._entered = [one for one in self._entered if one.running] + [command]
        return command

    async def file_operation(self, request: str) -> Command:
        argv = [sys.executable, "-I", "-S", str(_HERE / "file_tools.py"), "chroot", f"/proc/{self._pid}/root", request]
        return await Command.start(HowToRun(argv, dict(DEFAULT_ENV)))

    async def snapshot(self) -> tuple[int, ...]:
        return (await self._machine.layers.copy(self._upper), *self._plan.layers)

    async def snapshot_directory(self, path: str) -> tuple[int, ...]:
        return (await self._machine.layers.copy(self._inside(path)),)

    async def mount(self, path: str, layers: tuple[int, ...]) -> None:
        self._mounts += 1
        made = self._folder / f"mount-{self._mounts}"
        upper, work, empty = (made / name for name in ("upper", "work", "empty"))
        for folder in (upper, work, empty):
            folder.mkdir(parents=True)
        point = self._attach_point / str(self._mounts)
        point.mkdir()
        lower = ":".join([*(str(self._machine.layers.path(layer)) for layer in layers), str(empty)])
        kernel.mount("overlay", str(point), "overlay", 0, f"lowerdir={lower},upperdir={upper},workdir={work}")
        await self._inside_namespaces("mkdir", "-p", "--", path)
        await self._inside_namespaces("mount", "--bind", f"/__modal/attached/{self._mounts}", path)

    async def unmount(self, path: str) -> None:
        await self._inside_namespaces("umount", path)

    def set_egress(self, allowed: Egress) -> None:
        if self._plan.egress.blocked and not allowed.blocked:
            raise MachineError("the sandbox was started without a network and can't be given one")
        if self._group:
            egress.limit(self._group, allowed)
        elif allowed.cidrs is not None:
            raise MachineError("address lists need a control group, and this computer allows none to be made")

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        # `nsenter` stops itself with a command that is stopped, and then takes no note of its end; but the kernel ends a
        # sandbox only when each of its processes was taken note of.
        for command in self._entered:
            command.kill()

    async def remove(self) -> None:
        for mount in range(self._mounts, 0, -1):
            kernel.unmount(str(self._attach_point / str(mount)))
        kernel.unmount(str(self._attach_point))
        if self._group:
            with contextlib.suppress(OSError):  # its last process may not be reaped yet: the next start sweeps it
                self._group.rmdir()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def _inside(self, path: str) -> Path:
        return Path(f"/proc/{self._pid}/root{path}")

    async def _inside_namespaces(self, *argv: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *("nsenter", f"--target={self._pid}", "--mount", "--pid", "--", *argv), stderr=asyncio.subprocess.PIPE
        )
        _, errors = await process.communicate()
        if process.returncode:
            raise MachineError(f"{' '.join(argv)} failed in the sandbox: {errors.decode(errors='replace').strip()}")


def obstacle() -> str | None:
    """Why this computer can't make namespaces, in one sentence, or None."""
    if sys.platform != "linux":
        return "namespaces are a feature of Linux"
    if os.geteuid() != 0:
        return "namespaces with users of their own need root"
    if tool := host_image.missing_tool():
        return f"the program {tool!r} is missing (util-linux and coreutils)"
    tried = subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, text=True, check=False)
    return f"the kernel refuses new namespaces: {tried.stderr.strip()}" if tried.returncode else None


def _control_groups(mounted_at: Path) -> Path | None:
    """A folder for one control group a sandbox, or None where the computer allows none."""
    mounted_at.mkdir()
    try:
        kernel.mount("none", str(mounted_at), "cgroup2")
        for left in mounted_at.glob("emulated-modal-*"):
            if not Path("/proc", left.name.rpartition("-")[2]).exists():
                _remove_groups(left)
        ours = mounted_at / f"emulated-modal-{os.getpid()}"
        ours.mkdir()
    except OSError:
        return None
    return ours


def _remove_groups(left: Path) -> None:
    """Control groups of an emulator that was killed; their processes died with it."""
    for group in (*left.glob("*/"), left):
        with contextlib.suppress(OSError):
            group.rmdir()


def _only_child(pid: int) -> int:
    """`unshare` stays outside and has one child: process 1 as the host sees it."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
