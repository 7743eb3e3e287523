"""The network of an isolated local sandbox: a loopback of its own, and the proxy of `sandbox/egress` as the one way out.

Each command has a network of its own, as it has pids of its own: what an agent starts reaches each other on 127.0.0.1, and
nothing of this machine's. The proxy is one process a sandbox. It outlives Harvest, ends with the sandbox's time or folder, and
is started again by the next command should it be gone.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

import sandbox
from sandbox.egress import forwarder
from sandbox.egress.__main__ import LOCK, RULES, SOCKET
from sandbox.egress.rules import Rules, Service
from sandbox.local.layout import PRIVATE, replace
from sandbox.local.reaper import MARK_VARIABLE
from sandbox.protocol import Egress

# Below the sandbox's own folder; of it only the socket's folder is shown to the agent.
FOLDER = "egress"

INSIDE_SOCKETS = "/run/harvest"
INSIDE_FORWARDER = "/opt/harvest/forwarder.py"
# No port that a development server or a real proxy would want.
PROXY_ADDRESS = "127.0.0.1:40128"
PROXY_URL = f"http://{PROXY_ADDRESS}"
# The sandbox's own loopback is reached without the proxy.
NOT_PROXIED = "localhost,127.0.0.1,::1"

# Every spelling that programs look for. Java, and Node without the last one, go by no environment variable.
ENVIRONMENT = {
    **dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"), PROXY_URL),
    **dict.fromkeys(("no_proxy", "NO_PROXY"), NOT_PROXIED),
    "NODE_USE_ENV_PROXY": "1",
}


def set_rules(folder: Path, sandbox_id: str, egress: Egress) -> None:
    """What the sandbox at `folder` may reach from now on: from its next connection. Blocks."""
    (folder / FOLDER / SOCKET.parent).mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    replace(folder / FOLDER / RULES, msgspec.json.encode(Rules.of(sandbox_id, egress)))


def mounts(folder: Path) -> Iterator[str]:
    """bubblewrap's arguments by which a command sees its way out, and the program that leads there."""
    yield from ("--ro-bind", str(folder / FOLDER / SOCKET.parent), INSIDE_SOCKETS)
    yield from ("--ro-bind", forwarder.__file__, INSIDE_FORWARDER)


def forwarded(folder: Path, argv: Sequence[str], python: str) -> list[str]:
    """The command line that runs `argv` with its way out. What no job can do without on this machine's loopback is found at
    the same address inside: some clients ask no proxy there, and rightly so."""
    try:
        rules = msgspec.json.decode((folder / FOLDER / RULES).read_bytes(), type=Rules)
    except FileNotFoundError:
        return list(argv)  # a sandbox of an earlier Harvest: its agent has the network that it was given, all else has none
    near = [service for service in map(Service.at, rules.services) if service.is_on_loopback]
    listens = dict.fromkeys([PROXY_ADDRESS, *(_address(service) for service in near)])
    return [python, "-I", "-S", INSIDE_FORWARDER, f"{INSIDE_SOCKETS}/{SOCKET.name}", *listens, "--", *argv]


def _address(service: Service) -> str:
    host = "127.0.0.1" if service.host == "localhost" else service.host
    return f"[{host}]:{service.port}" if ":" in host else f"{host}:{service.port}"


@contextmanager
def lock_for_a_proxy(folder: Path) -> Iterator[int | None]:
    """The open lock that a new proxy is to inherit and hold as long as it lives; None when the sandbox has a proxy, or is none
    that could have one. So two that start one at the same time start one between them."""
    try:
        descriptor = os.open(folder / FOLDER / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        yield None
        return
    try:
        yield descriptor if _is_free(descriptor) else None
    finally:
        os.close(descriptor)


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def proxy_mark(sandbox_id: str) -> str:
    """By which a sandbox's proxy is found and ended; the sandbox's own processes have another."""
    return f"egress/{sandbox_id}"


def proxy_command(folder: Path, sandbox_id: str, seconds_left: float) -> list[str]:
    """The proxy's command line: it ends with the sandbox's time, also when Harvest is dead."""
    program = [sys.executable, "-P", "-m", "sandbox.egress", str(folder / FOLDER), sandbox_id]
    return ["timeout", "-s", "KILL", f"{max(seconds_left, 0.001):.3f}", *program]


def proxy_environment(sandbox_id: str) -> dict[str, str]:
    """All that a proxy gets: nothing secret, and where Harvest's code is."""
    code = str(Path(sandbox.__file__).parents[1])
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONPATH": code, MARK_VARIABLE: proxy_mark(sandbox_id)}
