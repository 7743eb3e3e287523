"""An API behind the gateway that a test speaks for, byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Speak = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request as it arrived, and the way to answer it. `left` is set when the other side has closed."""

    head: str
    body: bytes
    writer: asyncio.StreamWriter
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def send_chunk(self, data: bytes) -> None:
        """One piece of a chunked body; an empty one ends it."""
        await self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    async def start(self, content_type: str = "text/event-stream", *headers: str, status: str = "200 OK") -> None:
        lines = [f"HTTP/1.1 {status}", f"content-type: {content_type}", "transfer-encoding: chunked", *headers]
        await self.send("\r\n".join([*lines, "", ""]).encode())


@asynccontextmanager
async def upstream(speak: Speak) -> AsyncIterator[str]:
    """Its URL. Each connection serves one request."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        exchange = Exchange(head, await reader.readexactly(int(fields.get("content-length", 0))), writer)
        watching = asyncio.create_task(_watch(reader, exchange))
        try:
            await speak(exchange)
        finally:
            watching.cancel()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _watch(reader: asyncio.StreamReader, exchange: Exchange) -> None:
    await reader.read()
    exchange.left.set()
