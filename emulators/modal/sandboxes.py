"""Sandboxes from their creation to what is remembered of them afterwards: one owner for their whole life.

Ends are the sandbox's own (its entrypoint's), the caller's, a time limit's, or one injected by a test; each has the status
and exit code that Modal reports for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from grpclib import GRPCError, Status
from modal_proto import api_pb2 as pb

from emulators.modal.command import Command
from emulators.modal.credentials import new_id, new_task_id
from emulators.modal.images import Image, ImageStore
from emulators.modal.local_files import LocalFileRpcs
from emulators.modal.machine import Attached, BootPlan, Egress, Guest, Machine, MachineError
from emulators.modal.secret_rpcs import SecretRpcs
from emulators.modal.settings import Settings
from emulators.modal.volumes import VolumeStore, VolumeView

Cause = Literal["exited", "terminated", "timeout", "idle", "oom", "evicted", "lost"]

_LONGEST_LIFE_SECONDS = 24 * 60 * 60
_DEFAULT_LIFE_SECONDS = 300
_IDLE_CHECK_SECONDS = 0.1
_KILLED = 137
_EXIT_SNAPSHOT_TTL_SECONDS = 30 * 24 * 60 * 60

_G = pb.GenericResult
_STATUS_BY_CAUSE: dict[Cause, pb.GenericResult.GenericStatus.ValueType] = {
    "terminated": _G.GENERIC_STATUS_TERMINATED,
    "timeout": _G.GENERIC_STATUS_TIMEOUT,
    "idle": _G.GENERIC_STATUS_IDLE_TIMEOUT,
    "oom": _G.GENERIC_STATUS_KERNEL_OOM_KILL,
    "evicted": _G.GENERIC_STATUS_MEMORY_MANAGER_EVICTION,
    "lost": _G.GENERIC_STATUS_INTERNAL_FAILURE,
}


@dataclass
class Sandbox:
    """A living or finished sandbox. Times are in seconds since the epoch; `ended_at` is None while it runs; `networks` says
    what it could reach since when, oldest first."""

    id: str
    task_id: str
    app_id: str
    definition: pb.Sandbox
    image: Image
    guest: Guest
    layers: tuple[int, ...]
    workdir: str
    tags: dict[str, str]
    views: list[VolumeView]
    created_at: float = field(default_factory=time.time)
    ended_at: float | None = None
    cause: Cause | None = None
    result: pb.GenericResult = field(default_factory=pb.GenericResult)
    execs: dict[str, Command] = field(default_factory=dict)
    snapshots: dict[str, str] = field(default_factory=dict)
    exit_image_id: str = ""
    networks: list[tuple[float, pb.NetworkAccess]] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def living(self) -> bool:
        return not self.ended.is_set()

    @property
    def seconds(self) -> float:
        """How long it ran, which is what it costs."""
        return (self.ended_at or time.time()) - self.created_at

    @property
    def keeps_exit_snapshot(self) -> bool:
        return bool(self.definition.experimental_options_v2.get("enable_exit_snapshot") == "True")


class Sandboxes:
    """All of the account's sandboxes, the finished ones too."""

    def __init__(
        self,
        settings: Settings,
        machine: Machine,
        images: ImageStore,
        secrets: SecretRpcs,
        volumes: VolumeStore,
        files: LocalFileRpcs,
    ) -> None:
        self._settings = settings
        self._machine = machine
        self._images = images
        self._secrets = secrets
        self._volumes = volumes
        self._files = files
        self._views = settings.root / "views"
        self._all: dict[str, Sandbox] = {}
        self._by_task: dict[str, Sandbox] = {}
        self._watchers: set[asyncio.Task[None]] = set()
        self._creating: list[tuple[str, str]] = []

    def __iter__(self) -> Iterator[Sandbox]:
        return iter(list(self._all.values()))

    async def create(self, request: pb.SandboxCreateV2Request) -> Sandbox:
        """Start one; refuses as Modal does, and with INTERNAL when the machine fails."""
        definition = request.definition
        image = self._images.get(definition.image_id)
        self._refuse_conflicts(request)
        self._images.sweep(sandbox.layers for sandbox in self if sandbox.living)
        sandbox_id, task_id = new_id("sb"), new_task_id()
        place = (request.app_id, definition.name)
        self._creating.append(place)
        try:
            layers = self._with_local_files(image.layers, definition)
            views = [await self._view(sandbox_id, mount) for mount in definition.volume_mounts]
            workdir = definition.workdir or image.workdir
            own = {"MODAL_SANDBOX_ID": sandbox_id, "MODAL_TASK_ID": task_id}
            given = self._secrets.environment(request.secret_sources, definition.secret_ids)
            guest = await self._machine.boot(
                BootPlan(
                    layers,
                    {**image.env, **own, **given},
                    workdir,
                    list(definition.entrypoint_args),
                    egress_of(definition.network_access),
                    [Attached(view.folder, view.target, view.read_only) for view in views],
                )
            )
        except (MachineError, OSError) as error:
            raise GRPCError(Status.INTERNAL, f"the sandbox could not be started: {error}") from error
        finally:
            self._creating.remove(place)
        tags = {tag.tag_name: tag.tag_value for tag in request.tags}
        sandbox = Sandbox(sandbox_id, task_id, request.app_id, definition, image, guest, layers, workdir, tags, views)
        sandbox.networks.append((sandbox.created_at, definition.network_access))
        self._all[sandbox_id] = self._by_task[task_id] = sandbox
        for watch in (self._see_it_end(sandbox), self._limit(sandbox)):
            task = asyncio.create_task(watch)
            self._watchers.add(task)
            task.add_done_callback(self._watchers.discard)
        return sandbox

    def get(self, sandbox_id: str) -> Sandbox:
        sandbox = self._all.get(sandbox_id)
        if sandbox is None or sandbox.cause == "lost":
            raise GRPCError(Status.NOT_FOUND, f"Sandbox {sandbox_id} not found")
        return sandbox

    def of_task(self, task_id: str, *, living: bool = True) -> Sandbox:
        """The sandbox behind a router's task id; NOT_FOUND when it has ended, unless the finished ones are wanted too."""
        sandbox = self._by_task.get(task_id)
        if sandbox is None or sandbox.cause == "lost" or (living and not sandbox.living):
            raise GRPCError(Status.NOT_FOUND, f"task {task_id} not found or finished")
        return sandbox

    def end(self, sandbox: Sandbox, cause: Cause) -> None:
        """End it for that reason, unless it is ending already."""
        if sandbox.living:
            sandbox.cause = sandbox.cause or cause
            sandbox.guest.kill()

    async def end_all(self) -> None:
        """End every living one and wait until nothing of it is left."""
        for sandbox in self:
            self.end(sandbox, "terminated")
        await asyncio.gather(*list(self._watchers), return_exceptions=True)

    def _refuse_conflicts(self, request: pb.SandboxCreateV2Request) -> None:
        definition = request.definition
        taken = [(sandbox.app_id, sandbox.name) for sandbox in self if sandbox.living] + self._creating
        if definition.timeout_secs > _LONGEST_LIFE_SECONDS:
            raise GRPCError(Status.INVALID_ARGUMENT, f"timeout of {definition.timeout_secs} s is over the limit of 24 hours")
        if definition.name and (request.app_id, definition.name) in taken:
            raise GRPCError(Status.ALREADY_EXISTS, f"Sandbox {definition.name!r} exists already")
        if len(taken) >= self._settings.max_sandboxes:
            raise GRPCError(
                Status.RESOURCE_EXHAUSTED, f"the workspace has reached its limit of {self._settings.max_sandboxes} sandboxes"
            )

    def _with_local_files(self, layers: tuple[int, ...], definition: pb.Sandbox) -> tuple[int, ...]:
        for mount_id in definition.mount_ids:
            layer, folder = self._machine.new_layer()
            self._files.place(mount_id, folder)
            layers = (layer, *layers)
        return layers

    async def _view(self, sandbox_id: str, mount: pb.VolumeMount) -> VolumeView:
        volume = self._volumes.get(mount.volume_id)
        target = mount.mount_path.rstrip("/")
        folder = self._views / sandbox_id / target.strip("/").replace("/", "_")
        view = VolumeView(volume, mount.sub_path, folder, target, mount.read_only)
        await view.fill()
        return view

    async def _see_it_end(self, sandbox: Sandbox) -> None:
        code = await sandbox.guest.main.wait()
        sandbox.guest.kill()
        for command in sandbox.execs.values():
            await command.wait()
        sandbox.ended_at = time.time()
        sandbox.cause = sandbox.cause or "exited"
        for view in sandbox.views:
            await view.commit()
        if sandbox.keeps_exit_snapshot:
            kept = self._images.keep(await sandbox.guest.snapshot(), sandbox.image, _EXIT_SNAPSHOT_TTL_SECONDS)
            sandbox.exit_image_id = kept.id
        await sandbox.guest.remove()
        sandbox.result = _result(sandbox.cause, code)
        sandbox.ended.set()

    async def _limit(self, sandbox: Sandbox) -> None:
        definition = sandbox.definition
        ends = sandbox.created_at + (definition.timeout_secs or _DEFAULT_LIFE_SECONDS)
        idle_limit = definition.idle_timeout_secs if definition.HasField("idle_timeout_secs") else None
        active = time.time()
        while sandbox.living:
            now = time.time()
            if any(command.running for command in sandbox.execs.values()):
                active = now
            if now >= ends:
                self.end(sandbox, "timeout")
            elif idle_limit is not None and now - active > idle_limit:
                self.end(sandbox, "idle")
            pause = ends - now if idle_limit is None else _IDLE_CHECK_SECONDS
            try:
                await asyncio.wait_for(sandbox.ended.wait(), max(pause, _IDLE_CHECK_SECONDS))
            except TimeoutError:
                continue


def egress_of(access: pb.NetworkAccess) -> Egress:
    """Modal's description of what may be reached, as the machine takes it."""
    kind = access.network_access_type
    if kind == pb.NetworkAccess.BLOCKED:
        return Egress(blocked=True)
    if kind == pb.NetworkAccess.ALLOWLIST:
        return Egress(cidrs=tuple(access.allowed_cidrs), tls_anywhere=bool(access.allowed_domains))
    return Egress()


def _result(cause: Cause, code: int) -> pb.GenericResult:
    """A process that a signal ended counts as 128 and the signal's number."""
    exit_code = code if code >= 0 else 128 - code
    if cause == "exited":
        status = _G.GENERIC_STATUS_SUCCESS if exit_code == 0 else _G.GENERIC_STATUS_FAILURE
        return pb.GenericResult(status=status, exitcode=exit_code)
    return pb.GenericResult(status=_STATUS_BY_CAUSE[cause], exitcode=_KILLED, exception=f"the sandbox ended: {cause}")
