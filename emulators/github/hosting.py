"""Listens on loopback, and stops listening for a while when a fault asks for it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp, Scope

from emulators.github.connections import WatchedProtocol, cut_all

# Many clients at once are normal in a test; the kernel's default would turn some away.
_BACKLOG = 512


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one."""
    listener = socket.create_server((host, port), backlog=_BACKLOG)
    listener.set_inheritable(True)
    # Every connection has it from here. With Nagle's algorithm an answer in two writes waits 40 ms for the first one's
    # receipt, and asyncio turns it off only for a socket that says it is TCP.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class _Server(uvicorn.Server):
    """uvicorn without its own handling of signals, which ends by killing the process before anything is put away."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def make_protocol(self) -> WatchedProtocol:
        """What serves one connection, as uvicorn makes it for itself when it starts."""
        return WatchedProtocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)


class Host:
    """One uvicorn server on a socket that is bound already, so that its address is known before it starts."""

    def __init__(self, listener: socket.socket) -> None:
        self.address: tuple[str, int] = listener.getsockname()[:2]
        self._listener = listener
        self._server: _Server | None = None

    async def serve(self, app: ASGIApp) -> None:
        """Serve until SIGTERM or SIGINT."""
        config = uvicorn.Config(
            app,
            http=WatchedProtocol,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=75,
        )
        self._server = _Server(config)
        loop = asyncio.get_running_loop()
        for ending in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(ending, self._end)
        await self._server.serve(sockets=[self._listener])

    def _end(self) -> None:
        if self._server:
            self._server.should_exit = True

    async def refuse(self, seconds: float, spare: Scope) -> None:
        """Close the door, cut who is inside (but the one who asked), and open it again on the same port after a while."""
        if self._server is None:
            raise RuntimeError("the server has not started")
        for listening in self._server.servers:
            listening.close()
        cut_all(spare)
        await asyncio.sleep(seconds)
        loop = asyncio.get_running_loop()
        self._listener = bind(*self.address)
        self._server.servers = [await loop.create_server(self._server.make_protocol, sock=self._listener, backlog=_BACKLOG)]
