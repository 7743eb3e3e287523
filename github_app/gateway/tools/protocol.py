"""MCP as the agent's client speaks it, by the protocol's own SDK. Imported when the first client comes.

Tools alone are served, statelessly: each request stands for itself, is answered by one JSON document, and nothing is asked of
the client. Listing and calling are all that is left to Harvest; versions, framing and errors are the SDK's.
https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import Receive, Scope, Send

from github_app.gateway.tools.calls import Caller, Calls
from github_app.version import VERSION

MAX_REQUEST_BYTES = 256 * 1024

# Whose request is being answered: the SDK's tasks for a request are begun in it, with its context.
_CALLER: ContextVar[Caller] = ContextVar("caller")


class Protocol:
    """Serves requests, each for a caller. It lives in a task of its own, as the SDK's part of it has to; use it
    after `opened`, and `close` it."""

    def __init__(self, calls: Calls) -> None:
        async def list_tools(
            context: ServerRequestContext[Any, Any], params: types.PaginatedRequestParams | None
        ) -> types.ListToolsResult:
            return types.ListToolsResult(tools=[types.Tool.model_validate(tool) for tool in _CALLER.get().given.tools])

        async def call_tool(
            context: ServerRequestContext[Any, Any], params: types.CallToolRequestParams
        ) -> types.CallToolResult:
            answer = await calls.make(_CALLER.get(), params.name, params.arguments or {})
            return types.CallToolResult.model_validate(answer.as_result())

        def schema_of(name: str) -> dict[str, Any] | None:  # without it the SDK lists all tools at each call
            return next((tool["inputSchema"] for tool in _CALLER.get().given.tools if tool["name"] == name), None)

        server: Server[Any] = Server(
            "harvest",
            version=VERSION,
            on_list_tools=list_tools,
            on_call_tool=call_tool,
            get_tool_input_schema=schema_of,
        )
        server.middleware = []
        self._manager = StreamableHTTPSessionManager(
            server, json_response=True, stateless=True, max_request_body_size=MAX_REQUEST_BYTES
        )
        self._ready = asyncio.Event()
        self._closing = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="tool gateway")

    async def opened(self) -> None:
        ready = asyncio.ensure_future(self._ready.wait())
        await asyncio.wait({ready, self._task}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._task.done():
            self._task.result()

    async def close(self) -> None:
        self._closing.set()
        await self._task

    async def serve(self, scope: Scope, receive: Receive, send: Send, caller: Caller) -> None:
        """Answer one request of the caller's. Nothing of its credentials goes any further."""
        headers = [(name, value) for name, value in scope["headers"] if name in _NEEDED or name.startswith(b"mcp-")]
        token = _CALLER.set(caller)
        try:
            await self._manager.handle_request({**scope, "headers": headers}, receive, send)
        finally:
            _CALLER.reset(token)

    async def _run(self) -> None:
        async with self._manager.run():
            self._ready.set()
            await self._closing.wait()


# What the protocol needs to know of a request.
_NEEDED = frozenset({b"accept", b"content-type", b"content-length", b"host"})
