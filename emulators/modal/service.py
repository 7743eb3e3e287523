"""One emulated Modal put together: stores, the RPCs that answer from them, and the two ports it listens on."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, cast

from aiohttp import web
from grpclib.server import Server
from modal_proto import api_grpc, task_command_router_grpc

from emulators.modal import blobs
from emulators.modal.account_rpcs import AccountRpcs
from emulators.modal.billing import BillingRpcs
from emulators.modal.control import Control
from emulators.modal.credentials import TokenMint
from emulators.modal.deploy_rpcs import DeployRpcs
from emulators.modal.exec_rpcs import ExecRpcs
from emulators.modal.faults import Fault, FaultPlan
from emulators.modal.gate import Gate
from emulators.modal.image_build import ImageBuilder
from emulators.modal.image_rpcs import ImageRpcs
from emulators.modal.images import ImageStore
from emulators.modal.local_files import LocalFileRpcs
from emulators.modal.machine import Machine
from emulators.modal.sandbox_rpcs import SandboxRpcs
from emulators.modal.sandboxes import Sandboxes
from emulators.modal.secret_rpcs import SecretRpcs
from emulators.modal.settings import Settings
from emulators.modal.snapshot_rpcs import SnapshotRpcs
from emulators.modal.volume_rpcs import VolumeRpcs
from emulators.modal.volumes import VolumeStore


class ModalService:
    """After `start`: `url` speaks gRPC, `control_url` plain HTTP (see `control.py`). `stop` ends every sandbox."""

    def __init__(self, settings: Settings, machine: Machine, faults: Iterable[Fault] = ()) -> None:
        self._settings = settings
        self._machine = machine
        mint, plan = TokenMint(lambda: time.time() + settings.clock_ahead_seconds), FaultPlan()
        for fault in faults:
            plan.arm(fault)
        self._blobs = blobs.BlobStore(settings.root / "blobs")
        account, secrets, files = AccountRpcs(settings, mint), SecretRpcs(), LocalFileRpcs(self._blobs)
        volumes, images = VolumeStore(settings.root / "volumes"), ImageStore(machine)
        image_rpcs = ImageRpcs(images, ImageBuilder(machine, files, plan, settings.skip_run), secrets)
        self._sandboxes = Sandboxes(settings, machine, images, secrets, volumes, files)
        self._sandbox_rpcs = SandboxRpcs(settings, mint, account, self._sandboxes)
        gate = Gate(settings, mint, plan)
        volume_rpcs = VolumeRpcs(volumes, self._blobs)
        billing, deploys = BillingRpcs(settings, self._sandboxes), DeployRpcs(account, secrets)
        control_plane = gate.control_plane(
            api_grpc.ModalClientBase,
            [account, secrets, files, volume_rpcs, image_rpcs, self._sandbox_rpcs, billing, deploys],
        )
        router = gate.command_router(
            task_command_router_grpc.TaskCommandRouterBase,
            [ExecRpcs(self._sandboxes, secrets, plan), SnapshotRpcs(self._sandboxes, images)],
        )
        self._grpc = Server([cast(Any, control_plane), cast(Any, router)])
        self._control = Control(settings, gate, plan, self._sandboxes, images, image_rpcs, deploys)
        self._http: web.AppRunner | None = None
        self.url = ""
        self.control_url = ""

    async def start(self) -> None:
        app = blobs.http_app()
        app.add_routes([*self._blobs.routes(), *self._control.routes()])
        self._http = web.AppRunner(app)
        await self._http.setup()
        await web.TCPSite(self._http, self._settings.host, 0).start()
        host, port = self._http.addresses[0][:2]
        self.control_url = self._blobs.url = f"http://{host}:{port}"
        await self._grpc.start(self._settings.host, self._settings.port)
        host, port = self._grpc._server.sockets[0].getsockname()[:2]  # type: ignore[union-attr]  # grpclib shows it no other way
        self.url = self._sandbox_rpcs.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        await self._sandboxes.end_all()
        self._grpc.close()
        await self._grpc.wait_closed()
        if self._http:
            await self._http.cleanup()
        self._machine.close()
