"""Sandboxes over the wire, control plane: create, find, list, tag, wait, terminate."""

from __future__ import annotations

import asyncio

from google.protobuf.empty_pb2 import Empty
from grpclib import GRPCError, Status
from modal_proto import api_pb2 as pb

from emulators.modal.account_rpcs import AccountRpcs
from emulators.modal.credentials import TokenMint
from emulators.modal.sandboxes import Sandbox, Sandboxes
from emulators.modal.settings import Settings

_PAGE = 100


class SandboxRpcs:
    """`url` is where sandboxes' command routers are reached: this same server."""

    def __init__(self, settings: Settings, mint: TokenMint, account: AccountRpcs, sandboxes: Sandboxes) -> None:
        self._settings = settings
        self._mint = mint
        self._account = account
        self._sandboxes = sandboxes
        self.url = ""

    async def sandbox_create_v2(self, request: pb.SandboxCreateV2Request) -> pb.SandboxCreateV2Response:
        sandbox = await self._sandboxes.create(request)
        return pb.SandboxCreateV2Response(
            sandbox_id=sandbox.id,
            task_id=sandbox.task_id,
            metadata=pb.SandboxHandleMetadata(app_id=sandbox.app_id),
            tunnels=_tunnels(sandbox),
            command_router_access=pb.CommandRouterAccess(url=self.url, jwt=self._router_token()),
        )

    async def sandbox_get_command_router_access(
        self, request: pb.SandboxGetCommandRouterAccessRequest
    ) -> pb.SandboxGetCommandRouterAccessResponse:
        if not self._sandboxes.get(request.sandbox_id).living:
            raise GRPCError(Status.FAILED_PRECONDITION, "Sandbox has already finished")
        return pb.SandboxGetCommandRouterAccessResponse(url=self.url, jwt=self._router_token())

    async def sandbox_get_task_id_v2(self, request: pb.SandboxGetTaskIdRequest) -> pb.SandboxGetTaskIdResponse:
        sandbox = self._sandboxes.get(request.sandbox_id)
        if sandbox.living:
            return pb.SandboxGetTaskIdResponse(task_id=sandbox.task_id)
        return pb.SandboxGetTaskIdResponse(task_result=sandbox.result)

    async def sandbox_wait_v2(self, request: pb.SandboxWaitRequest) -> pb.SandboxWaitResponse:
        sandbox = self._sandboxes.get(request.sandbox_id)
        await _wait(sandbox, request.timeout)
        return pb.SandboxWaitResponse(result=sandbox.result, metadata=_handle(sandbox))

    async def sandbox_terminate_v2(self, request: pb.SandboxTerminateRequest) -> pb.SandboxTerminateResponse:
        self._sandboxes.end(self._sandboxes.get(request.sandbox_id), "terminated")
        return pb.SandboxTerminateResponse()

    async def sandbox_get_from_name_v2(self, request: pb.SandboxGetFromNameRequest) -> pb.SandboxGetFromNameResponse:
        app_id = self._account.apps.get(request.app_name)
        for sandbox in _newest_first(self._sandboxes):
            wanted = sandbox.living or request.include_terminated
            if wanted and (sandbox.app_id, sandbox.name) == (app_id, request.sandbox_name):
                return pb.SandboxGetFromNameResponse(sandbox_id=sandbox.id, metadata=_handle(sandbox))
        raise GRPCError(Status.NOT_FOUND, f"Sandbox {request.sandbox_name!r} not found in app {request.app_name!r}")

    async def sandbox_get_from_name(self, request: pb.SandboxGetFromNameRequest) -> pb.SandboxGetFromNameResponse:
        """The SDK looks for a sandbox of the first generation when there is none of the second; none are made here."""
        raise GRPCError(Status.NOT_FOUND, f"Sandbox {request.sandbox_name!r} not found in app {request.app_name!r}")

    async def sandbox_wait(self, request: pb.SandboxWaitRequest) -> pb.SandboxWaitResponse:
        """Asked for ids that look like those of the first generation."""
        raise GRPCError(Status.NOT_FOUND, f"Sandbox {request.sandbox_id} not found")

    async def sandbox_list_v2(self, request: pb.SandboxListRequest) -> pb.SandboxListResponse:
        wanted = {tag.tag_name: tag.tag_value for tag in request.tags}
        found = [
            sandbox
            for sandbox in _newest_first(self._sandboxes)
            if (sandbox.living or request.include_finished)
            and request.app_id in ("", sandbox.app_id)
            and (not request.before_timestamp or sandbox.created_at < request.before_timestamp)
            and wanted.items() <= sandbox.tags.items()
        ]
        return pb.SandboxListResponse(sandboxes=[_info(sandbox) for sandbox in found[:_PAGE]])

    async def sandbox_tags_get_v2(self, request: pb.SandboxTagsGetRequest) -> pb.SandboxTagsGetResponse:
        return pb.SandboxTagsGetResponse(tags=_tags(self._sandboxes.get(request.sandbox_id)))

    async def sandbox_tags_set_v2(self, request: pb.SandboxTagsSetRequest) -> Empty:
        self._sandboxes.get(request.sandbox_id).tags = {tag.tag_name: tag.tag_value for tag in request.tags}
        return Empty()

    async def sandbox_get_tunnels_v2(self, request: pb.SandboxGetTunnelsRequest) -> pb.SandboxGetTunnelsResponse:
        worked = pb.GenericResult(status=pb.GenericResult.GENERIC_STATUS_SUCCESS)
        return pb.SandboxGetTunnelsResponse(result=worked, tunnels=_tunnels(self._sandboxes.get(request.sandbox_id)))

    async def sandbox_get_exit_snapshot_v2(
        self, request: pb.SandboxGetExitSnapshotRequest
    ) -> pb.SandboxGetExitSnapshotResponse:
        answer = pb.SandboxGetExitSnapshotResponse
        sandbox = self._sandboxes.get(request.sandbox_id)
        if not sandbox.keeps_exit_snapshot:
            raise GRPCError(Status.INVALID_ARGUMENT, "the sandbox was created without enable_exit_snapshot")
        await _wait(sandbox, request.timeout)
        if sandbox.living:
            return answer(pending=answer.Pending())
        return answer(success=answer.Success(image_id=sandbox.exit_image_id))

    def _router_token(self) -> str:
        return self._mint.issue("router", self._settings.router_seconds)


async def _wait(sandbox: Sandbox, seconds: float) -> None:
    if seconds and sandbox.living:
        try:
            await asyncio.wait_for(sandbox.ended.wait(), seconds)
        except TimeoutError:
            return


def _newest_first(sandboxes: Sandboxes) -> list[Sandbox]:
    kept = [sandbox for sandbox in sandboxes if sandbox.cause != "lost"]
    return sorted(kept, key=lambda sandbox: -sandbox.created_at)


def _handle(sandbox: Sandbox) -> pb.SandboxHandleMetadata:
    finished = sandbox.result if not sandbox.living else None
    return pb.SandboxHandleMetadata(app_id=sandbox.app_id, result=finished)


def _tags(sandbox: Sandbox) -> list[pb.SandboxTag]:
    return [pb.SandboxTag(tag_name=name, tag_value=value) for name, value in sandbox.tags.items()]


def _info(sandbox: Sandbox) -> pb.SandboxInfo:
    return pb.SandboxInfo(
        id=sandbox.id,
        name=sandbox.name,
        app_id=sandbox.app_id,
        image_id=sandbox.definition.image_id,
        created_at=sandbox.created_at,
        timeout_secs=sandbox.definition.timeout_secs,
        metadata=_handle(sandbox),
        task_info=pb.TaskInfo(id=sandbox.task_id, started_at=sandbox.created_at, finished_at=sandbox.ended_at or 0.0),
        tags=_tags(sandbox),
    )


def _tunnels(sandbox: Sandbox) -> list[pb.TunnelData]:
    """Sandboxes share the host's network: a port of theirs is that port of this computer."""
    ports = [spec.port for spec in sandbox.definition.open_ports.ports]
    return [pb.TunnelData(host="127.0.0.1", port=port, container_port=port) for port in ports]
