"""The connections that are open, so that a fault can cut one: a server has no other way to say nothing at all."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_open: dict[tuple[str, int], asyncio.Transport] = {}


class WatchedProtocol(HttpToolsProtocol):
    """uvicorn's own HTTP protocol, which also notes whose connection it is. Peers are known by address and port."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own narrowing
        super().connection_made(transport)
        _open[_peer(transport)] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _open.pop(_peer(self.transport), None)
        super().connection_lost(exc)


def cut(scope: Any) -> None:
    """Close the connection that this request came on, at once, whatever was going to be said."""
    if transport := _open.get(tuple(scope["client"])):
        transport.abort()


def cut_all(spare: Any) -> None:
    """Close every connection but the one of this request."""
    for peer, transport in list(_open.items()):
        if peer != tuple(spare["client"]):
            transport.abort()


def _peer(transport: asyncio.Transport) -> tuple[str, int]:
    host, port = transport.get_extra_info("peername")[:2]
    return str(host), int(port)
