"""The back door for tests and scripts, plain JSON over HTTP beside the gRPC port.

GET    /stats                      sandbox_seconds, core_seconds, gib_seconds, running, created, builds, calls by RPC
GET    /sandboxes                  every sandbox: id, name, tags, state, cause, limits asked for, networks so far, seconds
POST   /sandboxes/{id}/end         {"cause": "oom" | "evicted" | "lost" | "terminated"}; a lost one is never heard of again
GET    /functions                  what was deployed: app, name, kind of web function, secrets, containers, limits
DELETE /images/{id}                as if it had expired
POST   /images/{id}/damage         what it was made of is lost: a sandbox starts from it, and finds a bare system
GET    /faults, DELETE /faults     what is armed; disarm everything and end an outage
POST   /faults                     one fault, see `faults.py`
POST   /settings                   {"auth_seconds", "router_seconds", "clock_ahead_seconds", "max_sandboxes", "stats_seconds"}
"""

from __future__ import annotations

import msgspec
from aiohttp import web
from grpclib import GRPCError
from modal_proto import api_pb2 as pb

from emulators.modal.billing import core_seconds, gib_seconds
from emulators.modal.deploy_rpcs import DeployRpcs
from emulators.modal.faults import Fault, FaultPlan
from emulators.modal.gate import Gate
from emulators.modal.image_rpcs import ImageRpcs
from emulators.modal.images import ImageStore
from emulators.modal.sandboxes import Cause, Sandbox, Sandboxes
from emulators.modal.settings import Settings


class _End(msgspec.Struct, forbid_unknown_fields=True):
    cause: Cause


class _Changes(msgspec.Struct, forbid_unknown_fields=True):
    auth_seconds: float | None = None
    router_seconds: float | None = None
    max_sandboxes: int | None = None
    clock_ahead_seconds: float | None = None
    stats_seconds: float | None = None


class Control:
    """Shows what happened and arranges what will."""

    def __init__(
        self,
        settings: Settings,
        gate: Gate,
        faults: FaultPlan,
        sandboxes: Sandboxes,
        images: ImageStore,
        builds: ImageRpcs,
        deploys: DeployRpcs,
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._faults = faults
        self._sandboxes = sandboxes
        self._images = images
        self._builds = builds
        self._deploys = deploys

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/stats", self._stats),
            web.get("/sandboxes", self._list),
            web.post("/sandboxes/{id}/end", self._end),
            web.get("/functions", self._functions),
            web.delete("/images/{id}", self._delete_image),
            web.post("/images/{id}/damage", self._damage_image),
            web.get("/faults", self._armed),
            web.post("/faults", self._arm),
            web.delete("/faults", self._disarm),
            web.post("/settings", self._change),
        ]

    async def _stats(self, _: web.Request) -> web.Response:
        every = list(self._sandboxes)
        return web.json_response(
            {
                "sandbox_seconds": round(sum(sandbox.seconds for sandbox in every), 3),
                "core_seconds": round(sum(core_seconds(sandbox) for sandbox in every), 3),
                "gib_seconds": round(sum(gib_seconds(sandbox) for sandbox in every), 3),
                "running": sum(sandbox.living for sandbox in every),
                "created": len(every),
                "builds": self._builds.builds,
                "calls": dict(sorted(self._gate.calls.items())),
            }
        )

    async def _list(self, _: web.Request) -> web.Response:
        return web.json_response([_describe(sandbox) for sandbox in self._sandboxes])

    async def _end(self, request: web.Request) -> web.Response:
        try:
            sandbox = self._sandboxes.get(request.match_info["id"])
            order = msgspec.json.decode(await request.read(), type=_End)
        except GRPCError as error:
            raise web.HTTPNotFound(text=str(error.message)) from error
        except msgspec.DecodeError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        self._sandboxes.end(sandbox, order.cause)
        await sandbox.ended.wait()
        return web.json_response(_describe(sandbox))

    async def _functions(self, _: web.Request) -> web.Response:
        return web.json_response(self._deploys.describe())

    async def _delete_image(self, request: web.Request) -> web.Response:
        try:
            self._images.delete(request.match_info["id"])
        except GRPCError as error:
            raise web.HTTPNotFound(text=str(error.message)) from error
        return web.Response(status=204)

    async def _damage_image(self, request: web.Request) -> web.Response:
        try:
            self._images.get(request.match_info["id"]).layers = ()
        except GRPCError as error:
            raise web.HTTPNotFound(text=str(error.message)) from error
        return web.Response(status=204)

    async def _armed(self, _: web.Request) -> web.Response:
        return web.Response(body=msgspec.json.encode(self._faults.armed), content_type="application/json")

    async def _arm(self, request: web.Request) -> web.Response:
        try:
            self._faults.arm(msgspec.json.decode(await request.read(), type=Fault))
        except msgspec.DecodeError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return web.Response(status=204)

    async def _disarm(self, _: web.Request) -> web.Response:
        self._faults.clear()
        return web.Response(status=204)

    async def _change(self, request: web.Request) -> web.Response:
        try:
            changes = msgspec.json.decode(await request.read(), type=_Changes)
        except msgspec.DecodeError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        for name, value in msgspec.structs.asdict(changes).items():
            if value is not None:
                setattr(self._settings, name, value)
        return web.Response(status=204)


def _describe(sandbox: Sandbox) -> dict[str, object]:
    definition = sandbox.definition
    resources = definition.resources
    policy = definition.experimental_outbound_policy
    return {
        "id": sandbox.id,
        "name": sandbox.name,
        "tags": sandbox.tags,
        "image_id": definition.image_id,
        "state": "running" if sandbox.living else "ended",
        "cause": sandbox.cause,
        "exit_code": None if sandbox.living else sandbox.result.exitcode,
        "seconds": round(sandbox.seconds, 3),
        "timeout_seconds": definition.timeout_secs,
        "milli_cpu": [resources.milli_cpu, resources.milli_cpu_max],
        "memory_mib": [resources.memory_mb, resources.memory_mb_max],
        **_network(sandbox.networks[-1][1]),
        "networks": [{"since": round(since, 3), **_network(access)} for since, access in sandbox.networks],
        "header_replacements": [
            {"domain": each.domain, "headers": dict(each.headers), "secret_id": each.secret_id}
            for each in policy.header_replacements
        ],
    }


def _network(access: pb.NetworkAccess) -> dict[str, object]:
    return {
        "blocked": access.network_access_type == pb.NetworkAccess.BLOCKED,
        "allowed_cidrs": list(access.allowed_cidrs),
        "allowed_domains": list(access.allowed_domains),
    }
