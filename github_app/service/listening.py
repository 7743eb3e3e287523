"""Where the service listens: the socket is bound first, so that port 0 has a number before anything is told of it."""

from __future__ import annotations

import socket

from github_app.settings.operator import SettingsError

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A bound and listening socket. SettingsError says which address is taken or not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only for a socket that says it is TCP; with it, an answer in two writes takes 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise SettingsError(
            f"can't listen on {host}:{port} ({error.strerror}): set HARVEST_HOST and HARVEST_PORT to a free address"
        ) from error
    return bound


def url_of(bound: socket.socket) -> str:
    """The address as a URL for this machine; one that means "all interfaces" is reached by the loopback."""
    host, port = bound.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
