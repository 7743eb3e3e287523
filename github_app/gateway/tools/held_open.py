"""An answer that takes minutes, held open: what stands between an agent and Harvest gives up a request that is silent for one.

The answer is begun before it is known, and from time to time a space is sent: between a head and a document of JSON these mean
nothing. https://www.rfc-editor.org/rfc/rfc8259#section-2
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Message, Send

# nginx and most load balancers wait for 60 seconds, some of them for 30.
SILENT_SECONDS = 15.0
HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


@asynccontextmanager
async def held_open(send: Send, silent_seconds: float = SILENT_SECONDS) -> AsyncIterator[Send]:
    """Sends for an application whose answer is one document of JSON with status 200, if it takes its time."""
    answer = _Answer(send)
    waiting = asyncio.create_task(answer.fill_the_silence(silent_seconds))
    try:
        yield answer.pass_on
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


class _Answer:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._one_at_a_time = asyncio.Lock()
        self._known = self._begun = False

    async def pass_on(self, message: Message) -> None:
        async with self._one_at_a_time:
            self._known = True
            if message["type"] != "http.response.start" or not self._begun:
                await self._send(message)

    async def fill_the_silence(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            async with self._one_at_a_time:
                if self._known:
                    return
                if not self._begun:
                    self._begun = True
                    await self._send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
                await self._send({"type": "http.response.body", "body": b" ", "more_body": True})
