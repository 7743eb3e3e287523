"""What every call passes on its way to the code that answers it: counting, credentials, faults.

The SDK's wheel carries Modal's gRPC interfaces as abstract classes. A gate takes one of them and the objects that answer
(their methods are the RPCs' names in snake case) and gives grpclib something to serve; an RPC that nobody answers is
UNIMPLEMENTED, as on any gRPC server.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from grpclib import GRPCError, Status
from grpclib.const import Cardinality, Handler
from grpclib.server import Stream

from emulators.modal.credentials import TokenMint
from emulators.modal.faults import FaultPlan
from emulators.modal.settings import Settings

# Calls about second-generation sandboxes carry a short-lived token besides the account's own.
_NEEDS_AUTH_TOKEN = re.compile(r"Sandbox\w*V2$|SandboxGetCommandRouterAccess$|SandboxSetName$")

# The SDK retries a create under one idempotency key, and a caller may hang up while it is under way: it happens once, whole.
_ONCE_PER_KEY = {"SandboxCreateV2"}

Answer = Callable[[Any], Awaitable[Any]]  # protobuf messages of as many types as there are RPCs


class Servable:
    """What grpclib asks of a service: its methods by path."""

    def __init__(self, methods: Mapping[str, Handler]) -> None:
        self._methods = methods

    def __mapping__(self) -> Mapping[str, Handler]:
        return self._methods


class Gate:
    """Counts calls in `calls`, by RPC name; says no to strangers; lets faults happen."""

    def __init__(self, settings: Settings, mint: TokenMint, faults: FaultPlan) -> None:
        self._settings = settings
        self._mint = mint
        self._faults = faults
        self._under_way: dict[str, asyncio.Future[Any]] = {}
        self.calls: Counter[str] = Counter()

    def control_plane(self, interface: type, answerers: Sequence[object]) -> Servable:
        """Modal's public API: every call carries the account's token."""
        return self._serve(interface, answerers, self._check_account)

    def command_router(self, interface: type, answerers: Sequence[object]) -> Servable:
        """The worker's own service: every call carries the token that was given out for the sandbox."""
        return self._serve(interface, answerers, self._check_router_token)

    def _serve(
        self, interface: type, answerers: Sequence[object], check: Callable[[str, Mapping[str, str]], None]
    ) -> Servable:
        described: Mapping[str, Handler] = _describe(interface)
        methods = {}
        for path, handler in described.items():
            rpc = path.rpartition("/")[2]
            answer = _find(answerers, rpc)
            guarded = self._guard(rpc, answer, handler.cardinality, check)
            methods[path] = Handler(guarded, handler.cardinality, handler.request_type, handler.reply_type)
        return Servable(methods)

    def _guard(
        self, rpc: str, answer: Answer | None, cardinality: Cardinality, check: Callable[[str, Mapping[str, str]], None]
    ) -> Callable[[Stream[Any, Any]], Awaitable[None]]:
        async def guarded(stream: Stream[Any, Any]) -> None:
            metadata = {key: value for key, value in (stream.metadata or {}).items() if isinstance(value, str)}
            self.calls[rpc] += 1
            self._faults.check_reachable()
            check(rpc, metadata)
            if answer is None:
                raise GRPCError(Status.UNIMPLEMENTED, f"the emulated Modal does not do {rpc}")
            if cardinality is not Cardinality.UNARY_UNARY:
                await self._unless_outage(answer(stream))
                return
            request = await stream.recv_message()
            response = await self._unless_outage(self._answer(rpc, answer, request, metadata.get("x-idempotency-key")))
            self._faults.after(rpc)
            await stream.send_message(response)

        return guarded

    async def _answer(self, rpc: str, answer: Answer, request: Any, key: str | None) -> Any:
        async def whole() -> Any:
            await self._faults.before(rpc)
            return await answer(request)

        if rpc not in _ONCE_PER_KEY or key is None:
            return await whole()
        if key not in self._under_way:
            self._under_way[key] = asyncio.ensure_future(whole())
        try:
            return await asyncio.shield(self._under_way[key])
        except GRPCError:
            self._under_way.pop(key, None)  # nothing was done: the next try is a first one
            raise

    async def _unless_outage(self, work: Awaitable[Any]) -> Any:
        """The work's result, or UNAVAILABLE as soon as an outage begins."""
        doing = asyncio.ensure_future(work)
        cut = asyncio.ensure_future(self._faults.outage_began.wait())
        try:
            await asyncio.wait({doing, cut}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
            raise GRPCError(Status.UNAVAILABLE, "injected outage")
        finally:
            doing.cancel()
            cut.cancel()

    def _check_account(self, rpc: str, metadata: Mapping[str, str]) -> None:
        given = (metadata.get("x-modal-token-id"), metadata.get("x-modal-token-secret"))
        if given != (self._settings.token_id, self._settings.token_secret):
            raise GRPCError(Status.UNAUTHENTICATED, "Token ID is malformed or unknown")
        if _NEEDS_AUTH_TOKEN.search(rpc):
            self._mint.check(metadata.get("x-modal-auth-token", ""), "auth")

    def _check_router_token(self, rpc: str, metadata: Mapping[str, str]) -> None:
        self._mint.check(metadata.get("authorization", "").removeprefix("Bearer "), "router")


def snake_case(rpc: str) -> str:
    """`SandboxCreateV2` is answered by `sandbox_create_v2`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", rpc).lower()


def _find(answerers: Sequence[object], rpc: str) -> Answer | None:
    found = [getattr(answerer, snake_case(rpc)) for answerer in answerers if hasattr(answerer, snake_case(rpc))]
    if len(found) > 1:
        raise ValueError(f"{rpc} is answered twice")
    return found[0] if found else None


def _describe(interface: type) -> Mapping[str, Handler]:
    concrete = type("Described", (interface,), dict.fromkeys(getattr(interface, "__abstractmethods__", ())))
    mapping: Mapping[str, Handler] = concrete().__mapping__()
    return mapping
