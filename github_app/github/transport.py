"""The connections to GitHub: kept open between requests, and a write is sent by none when it is another node's by now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from github_app.github.pacing import AT_ONCE
from state.holding import must_be_ours

if TYPE_CHECKING:
    import httpx

READING = ("GET", "HEAD")

# On all installations together as on each.
CONCURRENT_REQUESTS = AT_ONCE


class PooledTransport:
    """githubkit makes and closes an HTTP client for each request; this keeps the connections below it open."""

    @staticmethod
    def open() -> httpx.AsyncBaseTransport:
        import httpx

        class Kept(httpx.AsyncHTTPTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                """A write is asked about when its connection stands, and nothing of it was sent: no later moment is there."""
                if request.method not in READING:
                    request.extensions["trace"] = before_it_is_sent
                return await super().handle_async_request(request)

            async def __aexit__(self, *details: Any) -> None:
                """Stay open when a client ends."""

            async def aclose(self) -> None:
                """Stay open when a client ends."""

        return Kept(limits=httpx.Limits(max_connections=CONCURRENT_REQUESTS, max_keepalive_connections=20))

    @staticmethod
    async def really_close(transport: httpx.AsyncBaseTransport) -> None:
        import httpx

        if isinstance(transport, httpx.AsyncHTTPTransport):
            await httpx.AsyncHTTPTransport.aclose(transport)


async def before_it_is_sent(event: str, _details: Mapping[str, Any]) -> None:
    """Raises MovedOn when what the request is for is another node's by now.

    https://www.python-httpx.org/advanced/extensions/#trace
    """
    if event.endswith("send_request_headers.started"):
        await must_be_ours()
