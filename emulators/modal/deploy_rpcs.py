"""`modal deploy`: an app's functions are written down as they were asked for, and shown on the control channel.

None is run: Modal would start containers with the SDK's own runtime in them, and nothing answers at a function's URL here.
"""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf.empty_pb2 import Empty
from grpclib import GRPCError, Status
from modal_proto import api_pb2 as pb

from emulators.modal.account_rpcs import AccountRpcs
from emulators.modal.credentials import new_id
from emulators.modal.secret_rpcs import SecretRpcs


@dataclass
class DeployedFunction:
    """One function; `app` is empty until its app is published."""

    id: str
    app_id: str
    name: str
    definition: pb.Function
    app: str = ""


class DeployRpcs:
    """Apps being deployed, and what was deployed in them."""

    def __init__(self, account: AccountRpcs, secrets: SecretRpcs) -> None:
        self._account = account
        self._secrets = secrets
        self._functions: dict[str, DeployedFunction] = {}

    def describe(self) -> list[dict[str, object]]:
        """The functions of published apps."""
        return [self._describe(function) for function in self._functions.values() if function.app]

    async def app_get_by_deployment_name(self, request: pb.AppGetByDeploymentNameRequest) -> pb.AppGetByDeploymentNameResponse:
        return pb.AppGetByDeploymentNameResponse(app_id=self._account.apps.get(request.name, ""))

    async def app_create(self, _: pb.AppCreateRequest) -> pb.AppCreateResponse:
        return pb.AppCreateResponse(app_id=new_id("ap"))

    async def app_get_layout(self, request: pb.AppGetLayoutRequest) -> pb.AppGetLayoutResponse:
        layout = pb.AppLayout()
        for function in self._functions.values():
            if function.app_id == request.app_id:
                layout.function_ids[function.name] = function.id
        return pb.AppGetLayoutResponse(app_layout=layout)

    async def app_heartbeat(self, _: pb.AppHeartbeatRequest) -> Empty:
        return Empty()

    async def app_client_disconnect(self, _: pb.AppClientDisconnectRequest) -> Empty:
        return Empty()

    async def function_precreate(self, request: pb.FunctionPrecreateRequest) -> pb.FunctionPrecreateResponse:
        function_id = request.existing_function_id or new_id("fu")
        metadata = pb.FunctionHandleMetadata(function_name=request.function_name, function_type=request.function_type)
        return pb.FunctionPrecreateResponse(function_id=function_id, handle_metadata=metadata)

    async def function_create(self, request: pb.FunctionCreateRequest) -> pb.FunctionCreateResponse:
        definition, function_id = request.function, request.existing_function_id or new_id("fu")
        if definition.webhook_config.type:
            definition.web_url = f"https://emulated--{definition.app_name}-{definition.function_name}.modal.invalid"
        self._functions[function_id] = DeployedFunction(function_id, request.app_id, definition.function_name, definition)
        metadata = pb.FunctionHandleMetadata(
            function_name=definition.function_name, function_type=definition.function_type, web_url=definition.web_url
        )
        return pb.FunctionCreateResponse(
            function_id=function_id, function=definition, function_data=_as_data(definition), handle_metadata=metadata
        )

    async def app_publish(self, request: pb.AppPublishRequest) -> pb.AppPublishResponse:
        unknown = [name for name, function_id in request.function_ids.items() if function_id not in self._functions]
        if unknown:
            raise GRPCError(Status.NOT_FOUND, f"the app names functions that were not created: {', '.join(unknown)}")
        self._account.apps[request.name] = request.app_id
        for function_id in request.function_ids.values():
            self._functions[function_id].app = request.name
        return pb.AppPublishResponse(url=f"https://modal.invalid/apps/{request.name}", deployed_at=1.0)

    def _describe(self, function: DeployedFunction) -> dict[str, object]:
        definition = function.definition
        scaling = definition.autoscaler_settings
        return {
            "app": function.app,
            "name": function.name,
            "module": definition.module_name,
            "web": pb.WebhookType.Name(definition.webhook_config.type),
            "url": definition.web_url,
            "image_id": definition.image_id,
            "secrets": [self._secrets.name_of(secret_id) for secret_id in definition.secret_ids],
            "containers": [scaling.min_containers, scaling.max_containers],
            "requests_at_once": definition.max_concurrent_inputs,
            "milli_cpu": definition.resources.milli_cpu,
            "memory_mib": definition.resources.memory_mb,
            "timeout_seconds": definition.timeout_secs,
        }


def _as_data(definition: pb.Function) -> pb.FunctionData:
    """The same in the form that the SDK reads: what a function is, and the one sort of container it runs in."""
    return pb.FunctionData(
        module_name=definition.module_name,
        function_name=definition.function_name,
        function_type=definition.function_type,
        autoscaler_settings=definition.autoscaler_settings,
        timeout_secs=definition.timeout_secs,
        web_url=definition.web_url,
        webhook_config=definition.webhook_config,
        ranked_functions=[pb.FunctionData.RankedFunction(rank=0, function=definition)],
    )
