"""One request on its way to the model and back: the answer goes to the client byte for byte as it comes, and is metered.

Nothing is buffered: a chunk is asked of the model when the client has taken the one before. When the client goes away, the
request to the model is dropped; when the model breaks off, so does the answer, for a cut must look like a cut.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

import httpx
import structlog
from starlette.types import Receive, Scope, Send

from github_app.gateway import refusals
from github_app.gateway.admission import Admitted
from github_app.gateway.budget import Reservation
from github_app.gateway.headers import to_the_client
from github_app.gateway.meter import CHARACTERS_PER_TOKEN, meter_for
from github_app.gateway.prices import Tokens

log = structlog.get_logger()

# The operator's key was refused. Asking again won't help, and the CLI would do so for minutes.
_KEY_REFUSED = frozenset({401, 403})
_FIRST_ERROR_STATUS = 400


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        passing = asyncio.create_task(self._pass_on(send))
        leaving = asyncio.create_task(_client_leaves(receive))
        try:
            await asyncio.wait({passing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            passing.cancel()
            # What was used is recorded before the request is over.
            await asyncio.wait({passing})
        if not passing.cancelled():
            passing.result()

    async def _pass_on(self, send: Send) -> None:
        async with self._reserving as reservation:
            try:
                answer = await self._client.send(self._upstream, stream=True)
            except asyncio.CancelledError:
                # The client left while the model was thinking, which is paid for all the same.
                await _settle(reservation, self._prompt_alone())
                raise
            except httpx.TransportError as error:
                log.warning("the model's API can't be reached", host=self._upstream.url.host, error=repr(error))
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
        if answer.status_code >= _FIRST_ERROR_STATUS:
            reservation = None
        meter = meter_for(answer.headers.get("content-type", ""))
        try:
            await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
            async for chunk in answer.aiter_raw():
                meter.feed(chunk)
                if meter.ended:
                    # Who has read the answer's end may ask at once what it cost.
                    await _settle(reservation, meter.tokens() or self._prompt_alone())
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except httpx.TransportError as error:
            # The response is left unfinished, and the server closes the connection on it.
            log.warning("the model's answer broke off", error=repr(error))
        else:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await _settle(reservation, meter.tokens() or self._prompt_alone())

    def _prompt_alone(self) -> Tokens:
        """The use of a request whose answer never said: nobody can tell what was generated of an answer unseen."""
        return Tokens(input=-(-len(self._request.body) // CHARACTERS_PER_TOKEN))


async def _settle(reservation: Reservation | None, used: Tokens) -> None:
    if reservation is not None:
        await reservation.settle(used)


async def _client_leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
