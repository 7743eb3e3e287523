"""What callers may hold of this service before they have said what they want: a connection costs a file, and somebody who
opens thousands and says nothing must keep nobody else out.

uvicorn waits for ever for the first request on a connection and for a body. Here each has its time; and when connections run
out, the one that has kept us waiting longest makes way for the newest. Requests that arrived in full are never cut.
"""

from __future__ import annotations

import asyncio
import resource
import time
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# GitHub gives up after ten seconds, and any proxy sends a head in one piece.
HEAD_SECONDS = 10.0
# A model's request may be megabytes from a slow sandbox.
REQUEST_SECONDS = 60.0
MAX_HEAD_BYTES = 64 * 1024
# What still comes of a body after its request was refused is read and dropped, so that the caller gets to see the answer.
MAX_DROPPED_BYTES = 32 * 1024 * 1024
SWEEP_SECONDS = 1.0

MAX_CONNECTIONS = 1000
# Databases, sandboxes and requests to GitHub need files as well.
SHARE_OF_FILES = 2
# Taken from the system in one go: as many as these are open for a moment beside those that are counted.
ACCEPT_AT_ONCE = 64


class Connection(Protocol):
    """One caller. `awaits` says what has not arrived in full; None when it is our turn."""

    @property
    def awaits(self) -> Literal["head", "body"] | None: ...

    def cut(self) -> None: ...


class Connections:
    """The open ones, and since when those that keep us waiting do, longest first."""

    def __init__(self) -> None:
        self._open: set[Connection] = set()
        self._waiting: dict[Connection, float] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    def opened(self, connection: Connection) -> None:
        self._open.add(connection)
        self.awaited(connection)
        if len(self._open) > most_connections():
            self._make_way()
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    def closed(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._waiting.pop(connection, None)

    def awaited(self, connection: Connection) -> None:
        """From now on it is the caller's turn."""
        self._waiting.pop(connection, None)
        self._waiting[connection] = time.monotonic()

    def arrived(self, connection: Connection) -> None:
        """A request is there in full."""
        self._waiting.pop(connection, None)

    def _make_way(self) -> None:
        for connection in list(self._waiting):
            self._waiting.pop(connection)
            if connection.awaits is not None:
                self._cut(connection)
                return

    def _sweep(self) -> None:
        now = time.monotonic()
        for connection, since in list(self._waiting.items()):
            if since > now - HEAD_SECONDS:
                break  # and so are all behind it
            match connection.awaits:
                case "head":
                    self._cut(connection)
                case "body" if since <= now - REQUEST_SECONDS:
                    self._cut(connection)
                case None:
                    self._waiting.pop(connection)
        self._sweeping = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep) if self._open else None

    def _cut(self, connection: Connection) -> None:
        self.closed(connection)
        connection.cut()


def most_connections() -> int:
    """As many as this process's open files allow."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if files == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, files // SHARE_OF_FILES)


def watched_protocol() -> type[HttpToolsProtocol]:
    """uvicorn's own protocol, whose connections are watched."""
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    connections = Connections()

    class Watched(HttpToolsProtocol):
        unread = 0  # bytes since the last request that arrived

        @property
        def awaits(self) -> Literal["head", "body"] | None:
            if self.cycle is None or self.cycle.response_complete:
                return "head"
            return "body" if self.cycle.more_body else None

        def cut(self) -> None:
            self.transport.abort()

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
            super().connection_made(transport)
            connections.opened(self)

        def connection_lost(self, exc: Exception | None) -> None:
            connections.closed(self)
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            refused_early = self.cycle is not None and self.cycle.response_complete and self.cycle.more_body
            super().data_received(data)
            match self.awaits:
                case "head":
                    self.unread += len(data)
                    if self.unread > (MAX_DROPPED_BYTES if refused_early else MAX_HEAD_BYTES):
                        self.transport.close()
                case "body":
                    self.unread = 0
                case None:
                    self.unread = 0
                    connections.arrived(self)

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self.unread = 0
            connections.awaited(self)

    return Watched
