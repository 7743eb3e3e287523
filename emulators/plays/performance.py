"""Gives an answer to a waiting client as the play's fault wants it: whole, slowly, cut off, or never.

A stream is written event by event straight to the server, so that it can also be left unfinished, which a framework's
response never does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from starlette.types import Receive, Scope, Send

from emulators.plays.play import Cut, Fault, Silence, Slow
from emulators.plays.record import Request


class Performance:
    """An ASGI response that gives one answer in its parts, which are of that content type: the events of a stream, or
    pieces of a plain answer."""

    def __init__(
        self,
        parts: Iterable[bytes],
        *,
        content_type: str,
        fault: Fault | None,
        headers: dict[str, str],
        request: Request,
        released: asyncio.Event,
    ) -> None:
        self._parts = parts
        self._content_type = content_type
        self._fault = fault
        self._headers = headers
        self._request = request
        self._released = released

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        giving = asyncio.ensure_future(self._give(send))
        leaving = asyncio.ensure_future(_client_leaves(receive))
        try:
            await asyncio.wait({giving, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if giving.done():
                self._request.outcome = giving.result()
            else:
                self._request.outcome = "client gone"
        finally:
            giving.cancel()
            leaving.cancel()

    async def _give(self, send: Send) -> str:
        fault = self._fault
        if isinstance(fault, Silence) and fault.after_events is None:
            await self._released.wait()
        self._request.status = 200
        headers = {"content-type": self._content_type, "cache-control": "no-cache", **self._headers}
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        for index, part in enumerate(self._parts):
            if isinstance(fault, Cut) and index == fault.after_events:
                # The server closes a connection whose response was left unfinished.
                return "cut"
            if isinstance(fault, Silence) and index == fault.after_events:
                await self._released.wait()
            if isinstance(fault, Slow):
                await asyncio.sleep(fault.seconds)
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return "answered"


async def _client_leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def in_two(whole: bytes) -> tuple[bytes, bytes]:
    """A plain answer in two parts, so that it can be cut as well."""
    return whole[: len(whole) // 2], whole[len(whole) // 2 :]
