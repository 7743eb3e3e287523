"""One request on its way to the model and back: the answer goes to the client byte for byte as it comes, and is metered.

Nothing is buffered: a chunk is asked of the model when the client has taken the one before. What was asked of the model is
paid for, whether anybody hears the answer or not: when the client goes away, or takes nothing any more, the answer is read on
to its last report. One that never gives that report counts as the most that it may have cost. When the model breaks off, so
does the answer, for a cut must look like a cut.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import httpx
import structlog
from starlette.types import Message, Receive, Scope, Send

from github_app.gateway.model import refusals
from github_app.gateway.model.admission import Admitted
from github_app.gateway.model.budget import Reservation
from github_app.gateway.model.headers import to_the_client
from github_app.gateway.model.meter import Meter, meter_for
from github_app.gateway.model.prices import Tokens

log = structlog.get_logger()

# The operator's key was refused. Asking again won't help, and the CLI would do so for minutes.
_KEY_REFUSED = frozenset({401, 403})
_OK = 200
# Nothing of the request can have been worked on: it was not sent, or not whole.
_NOT_ASKED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.WriteError, httpx.WriteTimeout)
# How long an answer is read on for its last report when the client is gone; most are done in a minute.
LAST_REPORT_SECONDS = 300.0
# A client that takes nothing for so long counts as gone: else the model's API would give up on a reader that is held up,
# and the report would never come.
STALLED_SECONDS = 20.0
# No answer takes so long, and no request stays under way for ever.
LONGEST_ANSWER_SECONDS = 3600.0


class Relay:
    """An ASGI response that gives the model's answer to a request that was admitted.

    `reserving` is entered before the model is asked, and may wait or raise a Refusal; what the answer used is noted in the
    reservation it gives, if it gives one.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        upstream: httpx.Request,
        request: Admitted,
        reserving: AbstractAsyncContextManager[Reservation | None],
    ) -> None:
        self._client = client
        self._upstream = upstream
        self._request = request
        self._reserving = reserving
        self._asked = False
        self._gone = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        passing = asyncio.create_task(self._pass_on(send))
        leaving = asyncio.create_task(self._client_leaves(receive))
        gone = asyncio.create_task(self._gone.wait())
        try:
            await asyncio.wait({passing, gone}, timeout=LONGEST_ANSWER_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if self._asked and not passing.done():
                log.info("a client left before its answer's end, which is read on to its last report")
                await asyncio.wait({passing}, timeout=LAST_REPORT_SECONDS)
                self._gone.set()
        finally:
            for task in (leaving, gone, passing):
                task.cancel()
            # What was used is recorded before the request is over.
            await asyncio.wait({passing})
        if not passing.cancelled():
            passing.result()

    async def _pass_on(self, send: Send) -> None:
        async with self._reserving as reservation:
            self._asked = True
            try:
                answer = await self._client.send(self._upstream, stream=True)
            except asyncio.CancelledError:
                await _settle(reservation, None)
                raise
            except httpx.TransportError as error:
                log.warning("the model's API can't be reached", host=self._upstream.url.host, error=repr(error))
                if not isinstance(error, _NOT_ASKED):
                    await _settle(reservation, None)
                raise refusals.upstream_unreachable() from error
            try:
                await self._give(answer, send, reservation)
            finally:
                await answer.aclose()

    async def _give(self, answer: httpx.Response, send: Send, reservation: Reservation | None) -> None:
        headers = to_the_client(answer.headers.raw)
        if answer.status_code in _KEY_REFUSED:
            log.error("the model's API refused Harvest's key: check ANTHROPIC_API_KEY", status=answer.status_code)
            headers = [(name, value) for name, value in headers if name != b"x-should-retry"] + [(b"x-should-retry", b"false")]
        if answer.status_code != _OK:
            reservation = None
        meter = meter_for(answer.headers.get("content-type", ""))
        try:
            await self._hand_over(send, {"type": "http.response.start", "status": answer.status_code, "headers": headers})
            async for chunk in answer.aiter_raw():
                meter.feed(chunk)
                if meter.ended:
                    # Who has read the answer's end may ask at once what it cost.
                    await _settle(reservation, meter)
                await self._hand_over(send, {"type": "http.response.body", "body": chunk, "more_body": True})
        except httpx.TransportError as error:
            # The response is left unfinished, and the server closes the connection on it.
            log.warning("the model's answer broke off", error=repr(error))
        except asyncio.CancelledError:
            if not self._gone.is_set():
                # Harvest is stopping, which no client can bring about: what has come is what is known.
                await _settle(reservation, meter, so_far=True)
            raise
        else:
            await self._hand_over(send, {"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await _settle(reservation, meter)

    async def _hand_over(self, send: Send, message: Message) -> None:
        """Give it to the client, if there still is one."""
        if self._gone.is_set():
            return
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                await send(message)
        except TimeoutError:
            log.info("a client takes nothing any more", seconds=STALLED_SECONDS)
            self._gone.set()

    async def _client_leaves(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone.set()


async def _settle(reservation: Reservation | None, meter: Meter | None, *, so_far: bool = False) -> None:
    if reservation is not None:
        await reservation.settle(_used(reservation.most(), meter, so_far=so_far))


def _used(most: Tokens, meter: Meter | None, *, so_far: bool) -> Tokens:
    """What the answer's last report says; without one, the most that it may have used, or with `so_far` what has come."""
    known = meter.tokens() if meter is not None else None
    if meter is None or known is None:
        return most
    if so_far or meter.is_final:
        return known
    return replace(known, output=max(known.output, most.output))
