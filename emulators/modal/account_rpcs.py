"""The account: hello, the short-lived auth token, the one environment, apps."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from grpclib import GRPCError, Status
from modal_proto import api_pb2 as pb

from emulators.modal.credentials import TokenMint, new_id
from emulators.modal.settings import Settings

BUILDER_VERSION = "2025.06"
_ENVIRONMENT = "main"


class AccountRpcs:
    """Apps by name; `apps` maps a name to its id."""

    def __init__(self, settings: Settings, mint: TokenMint) -> None:
        self._settings = settings
        self._mint = mint
        self.apps: dict[str, str] = {}

    async def client_hello(self, _: Empty) -> pb.ClientHelloResponse:
        return pb.ClientHelloResponse(image_builder_version=BUILDER_VERSION)

    async def auth_token_get(self, _: pb.AuthTokenGetRequest) -> pb.AuthTokenGetResponse:
        return pb.AuthTokenGetResponse(token=self._mint.issue("auth", self._settings.auth_seconds))

    async def environment_get_or_create(self, request: pb.EnvironmentGetOrCreateRequest) -> pb.EnvironmentGetOrCreateResponse:
        name = request.deployment_name or _ENVIRONMENT
        settings = pb.EnvironmentSettings(image_builder_version=BUILDER_VERSION)
        return pb.EnvironmentGetOrCreateResponse(
            environment_id=f"en-{name}", metadata=pb.EnvironmentMetadata(name=name, settings=settings)
        )

    async def app_get_or_create(self, request: pb.AppGetOrCreateRequest) -> pb.AppGetOrCreateResponse:
        if request.app_name not in self.apps:
            if request.object_creation_type != pb.OBJECT_CREATION_TYPE_CREATE_IF_MISSING:
                raise GRPCError(Status.NOT_FOUND, f"App {request.app_name!r} not found in environment {_ENVIRONMENT!r}")
            self.apps[request.app_name] = new_id("ap")
        app_id = self.apps[request.app_name]
        metadata = pb.AppHandleMetadata(description=request.app_name, app_id=app_id)
        return pb.AppGetOrCreateResponse(app_id=app_id, handle_metadata=metadata)
