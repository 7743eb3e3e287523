"""`python -m benchmarks.door.load`: the load generator, a process of its own on a core of its own.

Reads one JSON object (see `Plan`) from stdin and prints one (see `Heard`). Connections are kept open and each has one request
under way; what an answer says is not looked at beyond its status and its end.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections import Counter
from typing import cast

import msgspec
import uvloop

from benchmarks.door.payloads import Deliveries
from benchmarks.machine import processor_seconds

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
LAST_CHUNK = b"\r\n0\r\n\r\n"

# A server that takes longer than this for one answer has hung.
PATIENCE_SECONDS = 60.0


class Plan(msgspec.Struct):
    """Either `seconds` of load on `connections`, or with `total` that many requests at once, a connection each.

    `pid` is the server's; `first` is the number of the first delivery: a server that stores must never see one twice.
    """

    pid: int
    port: int
    path: str
    secret: str
    comment: str
    size: int
    connections: int
    first: int
    seconds: float = 0.0
    total: int = 0


class Heard(msgspec.Struct):
    """What came back. Latencies are in milliseconds; `core_seconds` is the processor time that the server used, and `busy` the
    share of its core that the generator itself used."""

    answers: int
    seconds: float
    p50: float
    p99: float
    statuses: dict[str, int]
    core_seconds: float
    busy: float


class Connection(asyncio.Protocol):
    """One connection, asking again as soon as it was answered."""

    transport: asyncio.Transport

    def __init__(self, load: Load) -> None:
        self._load = load
        self._answer = b""
        self._asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class

    def ask(self) -> None:
        request = self._load.next_request()
        if request is None:
            self._load.finished()
            return
        self._asked_at = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not is_whole(self._answer):
            return
        self._load.answered(self._answer[9:12], time.perf_counter() - self._asked_at)
        self._answer = b""
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        self._load.lost(error)


class Load:
    """All connections together."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._deliveries = Deliveries(size=plan.size, comment=plan.comment, path=plan.path, secret=plan.secret)
        self._number = plan.first
        self._stop_at = float("inf")
        self._waiting = 0
        self._latencies: list[float] = []
        self._statuses: Counter[str] = Counter()
        self._done = asyncio.Event()
        self._failure: str | None = None

    async def run(self) -> Heard:
        plan, loop = self._plan, asyncio.get_running_loop()
        count = plan.total or plan.connections
        made = [await loop.create_connection(lambda: Connection(self), "127.0.0.1", plan.port) for _ in range(count)]
        used, busy, begun = processor_seconds(plan.pid), time.process_time(), time.perf_counter()
        if plan.seconds:
            self._stop_at = begun + plan.seconds
        self._waiting = count
        for _, connection in made:
            connection.ask()
        async with asyncio.timeout(plan.seconds + PATIENCE_SECONDS):
            await self._done.wait()
        if self._failure is not None:
            raise RuntimeError(f"the server closed a connection: {self._failure}")
        seconds = time.perf_counter() - begun
        busy = (time.process_time() - busy) / seconds
        ordered = sorted(self._latencies)
        return Heard(
            answers=len(ordered),
            seconds=seconds,
            p50=ordered[len(ordered) // 2] * 1000,
            p99=ordered[len(ordered) * 99 // 100] * 1000,
            statuses=dict(self._statuses),
            core_seconds=processor_seconds(plan.pid) - used,
            busy=busy,
        )

    def next_request(self) -> bytes | None:
        """The next delivery to send, or None when it is over."""
        sent = self._number - self._plan.first
        if time.perf_counter() >= self._stop_at or (self._plan.total and sent >= self._plan.total):
            return None
        self._number += 1
        return self._deliveries.request(self._number)

    def answered(self, status: bytes, seconds: float) -> None:
        self._latencies.append(seconds)
        self._statuses[status.decode("ascii", "replace")] += 1

    def finished(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._done.set()

    def lost(self, error: Exception | None) -> None:
        if self._waiting:
            self._failure = str(error or "without a word")
            self._done.set()


def is_whole(answer: bytes) -> bool:
    """Whether this is an answer up to its end, by its length or its last chunk."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = LENGTH.search(answer, 0, end + 2)
    return len(answer) >= end + 4 + int(length[1]) if length else answer.endswith(LAST_CHUNK)


def main() -> None:
    """Read the plan, make the load, tell what was heard."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)

    async def measured() -> Heard:
        return await Load(plan).run()

    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(measured())))


if __name__ == "__main__":
    main()
