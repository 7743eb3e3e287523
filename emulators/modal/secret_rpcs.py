"""Secrets: stored by name, or travelling inline with the call that uses them."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.empty_pb2 import Empty
from grpclib import GRPCError, Status
from modal_proto import api_pb2 as pb

from emulators.modal.credentials import new_id


class SecretRpcs:
    """Stored secrets by id."""

    def __init__(self) -> None:
        self._env: dict[str, dict[str, str]] = {}
        self._id_by_name: dict[str, str] = {}

    def environment(self, sources: Iterable[pb.SecretSource], ids: Iterable[str] = ()) -> dict[str, str]:
        """What these secrets put into a process's environment, later ones winning; NOT_FOUND for one that isn't there."""
        env: dict[str, str] = {}
        for source in sources:
            env |= dict(source.env.contents) if source.WhichOneof("source") == "env" else self._stored(source.secret_id)
        for secret_id in ids:
            env |= self._stored(secret_id)
        return env

    def name_of(self, secret_id: str) -> str:
        """The name it is stored by; empty for one without."""
        return next((name for name, stored in self._id_by_name.items() if stored == secret_id), "")

    async def secret_get_or_create(self, request: pb.SecretGetOrCreateRequest) -> pb.SecretGetOrCreateResponse:
        name, how = request.deployment_name, request.object_creation_type
        secret_id = self._id_by_name.get(name)
        if secret_id is None and how == pb.OBJECT_CREATION_TYPE_UNSPECIFIED:
            raise GRPCError(Status.NOT_FOUND, f"Secret {name!r} not found")
        if secret_id is not None and how == pb.OBJECT_CREATION_TYPE_CREATE_FAIL_IF_EXISTS:
            raise GRPCError(Status.ALREADY_EXISTS, f"Secret {name!r} exists already")
        if secret_id is None:
            secret_id = new_id("st")
            self._env[secret_id] = dict(request.env_dict)
            if name:
                self._id_by_name[name] = secret_id
        elif how == pb.OBJECT_CREATION_TYPE_CREATE_OVERWRITE_IF_EXISTS:
            self._env[secret_id] = dict(request.env_dict)
        env = self._env[secret_id]
        if missing := [key for key in request.required_keys if key not in env]:
            raise GRPCError(Status.FAILED_PRECONDITION, f"Secret {name!r} lacks the key(s) {', '.join(missing)}")
        return pb.SecretGetOrCreateResponse(secret_id=secret_id, metadata=pb.SecretMetadata(name=name, keys=list(env)))

    async def secret_delete(self, request: pb.SecretDeleteRequest) -> Empty:
        self._stored(request.secret_id)
        del self._env[request.secret_id]
        self._id_by_name = {name: kept for name, kept in self._id_by_name.items() if kept != request.secret_id}
        return Empty()

    def _stored(self, secret_id: str) -> dict[str, str]:
        if secret_id not in self._env:
            raise GRPCError(Status.NOT_FOUND, f"Secret {secret_id} not found")
        return self._env[secret_id]
