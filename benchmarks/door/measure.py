"""The door measured: every server under every load, in rounds, so that what drifts drifts for all of them."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.door import probot
from benchmarks.door.load import Heard, Plan
from benchmarks.door.payloads import SIZES
from benchmarks.machine import pinned_to, two_cores
from benchmarks.stage import set_up
from github_app.operator.demo.processes import PYTHON_MODULE, running, running_program

ROOT = Path(__file__).resolve().parents[2]
PATH = "/webhooks/github"
SECRET = "a secret of the benchmark"  # noqa: S105 - signs deliveries of nobody

ASKS = "/harvest carry the rounded second into the minute"
CHATS = "I see this too, with the version of last week."

# What a server is called in the table. The order is that of the table and of each round.
BARE, IGNORED, ACCEPTED = "bare Starlette", "Harvest's door, ignored", "Harvest's door, accepted"
SERVING = "`harvest serve`, ignored"
PROBOT, PROBOT_STORES = "Probot", "Probot + insert"

# Deliveries are numbered, and a number is used once: no load sends more than this.
MOST_IN_ONE_LOAD = 1_000_000


@dataclass(frozen=True)
class Loads:
    """How much is measured. A load is named by its connections, or by its burst."""

    sizes: Mapping[str, int]
    connections: tuple[int, ...] = (1, 32, 128)
    burst: int = 500
    seconds: float = 0.5
    rounds: int = 4

    @property
    def names(self) -> list[str]:
        return [*(f"{count} connections" if count > 1 else "1 connection" for count in self.connections), self.burst_name]

    @property
    def burst_name(self) -> str:
        return f"burst of {self.burst}"


FULL = Loads(SIZES)


@dataclass(frozen=True)
class Server:
    """A running server; `secret` signs for it and `comment` is what its deliveries say."""

    pid: int
    port: int
    secret: str
    comment: str


@dataclass(frozen=True)
class Figure:
    """The best of the rounds, the one that was disturbed least: deliveries a second, milliseconds until the answer, and how
    many milliseconds of its core a delivery takes."""

    per_second: float
    p50: float
    p99: float
    core_ms: float


@dataclass(frozen=True)
class DoorFigures:
    """`figures` by size, load and server. `busiest` is the largest share of its core that the load generator ever used;
    near 1 it measured itself. `probot` is Probot's version, or why it was left out."""

    figures: dict[str, dict[str, dict[str, Figure]]]
    busiest: float
    probot: str


async def measure(folder: Path, loads: Loads = FULL) -> DoorFigures:
    """Measure all servers in that folder, which should lie on a disk like the one where state is kept."""
    try:
        probot_at: Path | None = folder / "probot"
        version = await probot.install(folder / "probot")
    except probot.NoProbot as reason:
        probot_at, version = None, str(reason)
    figures: dict[str, dict[str, dict[str, Figure]]] = {}
    busiest = 0.0
    for size_name, size in loads.sizes.items():
        state = folder / f"door-{size}"
        state.mkdir()
        async with up(state, probot_at) as servers:
            heard = await in_rounds(servers, size, loads)
        shutil.rmtree(state)  # a gigabyte of deliveries
        figures[size_name] = {
            load: {name: best(several) for name, several in by_server.items()} for load, by_server in heard.items()
        }
        busiest = max(busiest, *(one.busy for by in heard.values() for several in by.values() for one in several))
    return DoorFigures(figures, busiest, version)


@asynccontextmanager
async def up(folder: Path, probot_at: Path | None) -> AsyncIterator[dict[str, Server]]:
    """All servers, each on the one core; the idle ones cost next to nothing."""
    core, _ = two_cores()
    servers: dict[str, Server] = {}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(set_up(folder, harvest_core=core))
        with pinned_to(core):
            for which, comments in (("bare", {BARE: CHATS}), ("inbox", {IGNORED: CHATS, ACCEPTED: ASKS})):
                starting = running("benchmarks.door.server", which, SECRET, str(folder), env=environment, folder=folder)
                ready = await stack.enter_async_context(starting)
                for name, comment in comments.items():
                    servers[name] = Server(ready.process.pid, port_in(ready.line), SECRET, comment)
            own_secret = stage.environment["GITHUB_WEBHOOK_SECRET"]
            servers[SERVING] = Server(stage.harvest_pid, port_in(stage.harvest_url), own_secret, CHATS)
            for name, database in ((PROBOT, ""), (PROBOT_STORES, str(folder / "probot.db"))):
                if probot_at is None:
                    continue
                command = ("node", "probot.mjs", SECRET, *([database] if database else []))
                starting = running_program(*command, name="probot", env=environment, folder=probot_at)
                ready = await stack.enter_async_context(starting)
                servers[name] = Server(ready.process.pid, port_in(ready.line), SECRET, CHATS)
        yield servers


def port_in(line: str) -> int:
    return int(line.rpartition(":")[2])


async def in_rounds(servers: Mapping[str, Server], size: int, loads: Loads) -> dict[str, dict[str, list[Heard]]]:
    """By load and server, what was heard in each round. A first, shorter round warms up and is not counted."""
    heard: dict[str, dict[str, list[Heard]]] = {load: {name: [] for name in servers} for load in loads.names}
    first = 0
    for server in servers.values():
        first += MOST_IN_ONE_LOAD
        await apply(server, size, connections=32, seconds=loads.seconds / 2, first=first)
    for _ in range(loads.rounds):
        for count, load in zip((*loads.connections, 0), loads.names, strict=True):
            for name, server in servers.items():
                first += MOST_IN_ONE_LOAD
                seconds, total = (loads.seconds, 0) if count else (0.0, loads.burst)
                heard[load][name].append(
                    await apply(server, size, connections=count, first=first, seconds=seconds, total=total)
                )
    return heard


async def apply(server: Server, size: int, *, connections: int, first: int, seconds: float = 0.0, total: int = 0) -> Heard:
    """Let the load generator loose on one server. RuntimeError when an answer is none of a healthy server."""
    plan = Plan(server.pid, server.port, PATH, server.secret, server.comment, size, connections, first, seconds, total)
    _, core = two_cores()
    with pinned_to(core):
        process = await asyncio.create_subprocess_exec(
            *(*PYTHON_MODULE, "benchmarks.door.load"),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
    said, _ = await process.communicate(msgspec.json.encode(plan))
    if process.returncode:
        raise RuntimeError(f"the load generator ended with {process.returncode}")
    heard = msgspec.json.decode(said, type=Heard)
    if unexpected := {status: count for status, count in heard.statuses.items() if status not in ("200", "202")}:
        raise RuntimeError(f"the server at port {server.port} answered {unexpected}")
    return heard


def best(rounds: list[Heard]) -> Figure:
    one = max(rounds, key=lambda heard: heard.answers / heard.seconds)
    return Figure(one.answers / one.seconds, one.p50, one.p99, one.core_seconds / one.answers * 1000)


__all__ = ["ACCEPTED", "BARE", "IGNORED", "PROBOT", "PROBOT_STORES", "SERVING", "DoorFigures", "Figure", "Loads", "measure"]
