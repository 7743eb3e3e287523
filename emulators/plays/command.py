"""The command line of an emulated model: read its plays, serve until SIGTERM, announce itself by one line of JSON. The last of
that is any emulator's."""

from __future__ import annotations

import argparse
import json
import secrets
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from emulators.plays.play import Play, PlayError, read_play

# An answer that a play holds back must not keep the emulator from ending.
_SHUTDOWN_SECONDS = 0


def serve(
    program: str, description: str, app: Callable[[str, tuple[Play, ...]], ASGIApp], environment: tuple[str, str]
) -> int:
    """Parse the command line and serve; 2 when a play can't be used or the port is taken. `app` makes the application from the
    key that it accepts and its plays; `environment` names the variables by which a client finds its URL and key."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port (default)")
    parser.add_argument(
        "--play",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="TOML files, see emulators/plays/play.py",
    )
    parser.add_argument("--api-key", help="the key to accept (default: a new one)")
    arguments = parser.parse_args()
    try:
        plays = tuple(read_play(path) for path in arguments.play)
    except PlayError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 2
    api_key = arguments.api_key or f"emulated-{secrets.token_urlsafe(32)}"
    return announce_and_serve(
        program,
        app(api_key, plays),
        arguments.host,
        arguments.port,
        lambda url: dict(zip(environment, (url, api_key), strict=True)),
    )


def announce_and_serve(program: str, app: ASGIApp, host: str, port: int, environment: Callable[[str], dict[str, str]]) -> int:
    """Serve until SIGTERM, after one line of JSON that says where; 2 when the port is taken. `environment` makes of the URL
    what a client needs to be given."""
    try:
        listening = socket.create_server((host, port))
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or each answer in two writes takes 40 ms
    except OSError as error:
        print(f"{program}: can't listen on {host}:{port}: {error}", file=sys.stderr)
        return 2
    url = f"http://{host}:{listening.getsockname()[1]}"
    ready = json.dumps({"url": url, "env": environment(url)})
    config = uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=_SHUTDOWN_SECONDS)
    _AnnouncingServer(config, ready).run(sockets=[listening])
    return 0


class _AnnouncingServer(uvicorn.Server):
    """Prints a line once it accepts connections."""

    def __init__(self, config: uvicorn.Config, ready: str) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        print(self._ready, flush=True)
