"""The task command router's second half: snapshots, images laid over folders, volumes reloaded, network access changed."""

from __future__ import annotations

import time

from google.protobuf.empty_pb2 import Empty
from grpclib import GRPCError, Status
from modal_proto import task_command_router_pb2 as tp

from emulators.modal.images import ImageStore
from emulators.modal.machine import MachineError
from emulators.modal.sandboxes import Sandbox, Sandboxes, egress_of


class SnapshotRpcs:
    """A snapshot is an image; asked for twice under one id, it is the same image."""

    def __init__(self, sandboxes: Sandboxes, images: ImageStore) -> None:
        self._sandboxes = sandboxes
        self._images = images

    async def task_snapshot_filesystem(self, request: tp.TaskSnapshotFilesystemRequest) -> tp.TaskSnapshotFilesystemResponse:
        sandbox = self._sandboxes.of_task(request.task_id)
        image_id = sandbox.snapshots.get(request.snapshot_id)
        if image_id is None:
            image_id = self._images.keep(await sandbox.guest.snapshot(), sandbox.image, request.ttl_seconds).id
            sandbox.snapshots[request.snapshot_id] = image_id
        return tp.TaskSnapshotFilesystemResponse(image_id=image_id)

    async def task_snapshot_directory(self, request: tp.TaskSnapshotDirectoryRequest) -> tp.TaskSnapshotDirectoryResponse:
        sandbox = self._sandboxes.of_task(request.task_id)
        image_id = sandbox.snapshots.get(request.snapshot_id)
        if image_id is None:
            layers = await sandbox.guest.snapshot_directory(request.path.decode())
            image_id = self._images.keep(layers, None, request.ttl_seconds).id
            sandbox.snapshots[request.snapshot_id] = image_id
        return tp.TaskSnapshotDirectoryResponse(image_id=image_id)

    async def task_mount_directory(self, request: tp.TaskMountDirectoryRequest) -> Empty:
        layers = self._images.get(request.image_id).layers if request.image_id else ()
        try:
            await self._sandbox(request.task_id).guest.mount(request.path.decode(), layers)
        except (MachineError, OSError) as error:
            raise GRPCError(Status.INTERNAL, f"the image could not be mounted: {error}") from error
        return Empty()

    async def task_unmount_directory(self, request: tp.TaskUnmountDirectoryRequest) -> Empty:
        try:
            await self._sandbox(request.task_id).guest.unmount(request.path.decode())
        except (MachineError, OSError) as error:
            raise GRPCError(Status.FAILED_PRECONDITION, f"nothing to unmount: {error}") from error
        return Empty()

    async def task_reload_volumes(self, request: tp.TaskReloadVolumesRequest) -> tp.TaskReloadVolumesResponse:
        for view in self._sandbox(request.task_id).views:
            await view.reload()
        return tp.TaskReloadVolumesResponse()

    async def task_set_network_access(self, request: tp.TaskSetNetworkAccessRequest) -> tp.TaskSetNetworkAccessResponse:
        sandbox = self._sandbox(request.task_id)
        try:
            sandbox.guest.set_egress(egress_of(request.network_access))
        except (MachineError, OSError, ValueError) as error:
            raise GRPCError(Status.FAILED_PRECONDITION, f"network access could not be changed: {error}") from error
        sandbox.networks.append((time.time(), request.network_access))
        return tp.TaskSetNetworkAccessResponse()

    async def task_set_outbound_policy(
        self, request: tp.TaskSetExperimentalOutboundPolicyRequest
    ) -> tp.TaskSetExperimentalOutboundPolicyResponse:
        sandbox = self._sandbox(request.task_id)
        sandbox.definition.experimental_outbound_policy.CopyFrom(request.experimental_outbound_policy)
        return tp.TaskSetExperimentalOutboundPolicyResponse()

    def _sandbox(self, task_id: str) -> Sandbox:
        return self._sandboxes.of_task(task_id)
