"""Conversations with the servers that the operator declared, by the protocol's own SDK. Imported only where one is asked.

A conversation belongs to one job and one server, and lasts until it is idle or has failed. The credential is put into each
request, is looked up anew where it is refused, and goes to the declared address alone: the SDK follows no redirect to another
origin. What a server asks of its client (sampling, roots, a person's input) is refused, since nothing is there to answer.
https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx2
import mcp_types as types
import structlog
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from github_app.gateway.tools.problems import ServerProblem, SessionLost
from github_app.settings.tool_servers import ToolServer
from github_app.version import VERSION
from sandbox.secret import Secret

log = structlog.get_logger()

CONNECT_SECONDS = 10.0
# A server that is there says what it has in a moment.
LIST_SECONDS = 20.0
CLOSE_SECONDS = 5.0
IDLE_SECONDS = 5 * 60.0
# Of one answer, as it comes: a picture of 4 MB takes 5.6 MB as base64.
MAX_ANSWER_BYTES = 8 * 1024 * 1024
MAX_PAGES = 20
MAX_TOOLS = 1_000
REFUSED = frozenset({401, 403})
UNAUTHORIZED = 401

FindCredential = Callable[[], Secret | None]


class Credential(httpx2.Auth):
    """Puts the credential into each request; where it is refused it is looked up anew, and if that has another one, the
    request is made once more."""

    def __init__(self, server: ToolServer, find: FindCredential) -> None:
        self._server = server
        self._find = find
        self._secret = find()

    def auth_flow(self, request: httpx2.Request) -> Any:
        before = self._secret
        self._put(request)
        response = yield request
        if response.status_code == UNAUTHORIZED:
            self._secret = self._find()
            if self._secret is not None and self._secret != before:
                self._put(request)
                yield request

    def _put(self, request: httpx2.Request) -> None:
        if self._secret is None:
            return
        if self._server.header is not None:
            request.headers[self._server.header] = self._secret.reveal()
        else:
            request.headers["authorization"] = f"Bearer {self._secret.reveal()}"


class Answers:
    """Sees each answer before it is read: ends one that is too large, and remembers the last status that was no answer."""

    def __init__(self) -> None:
        self.failed_with: int | None = None
        self.too_large = False

    async def look_at(self, response: httpx2.Response) -> None:
        # Whoever speaks no later revision of the protocol says so by a status, and not every server ends conversations.
        if response.status_code >= 400 and response.request.method == "POST":
            self.failed_with = response.status_code
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Capped(response.stream, self)


class _Capped(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, answers: Answers) -> None:
        self._inner = inner
        self._answers = answers

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._inner:
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                self._answers.too_large = True
                raise httpx2.ReadError("the answer is too large")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


class Conversation:
    """One job's conversation with one server. It lives in a task of its own, since the SDK's client has to be left by the task
    that entered it; whoever calls does so from theirs."""

    def __init__(self, server: ToolServer, find: FindCredential) -> None:
        self._server = server
        self._find = find
        self._answers = Answers()
        self._client: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._used = asyncio.Event()
        self._under_way = 0
        self._lost = False
        self._task = asyncio.create_task(self._hold(), name="tool server")

    @property
    def over(self) -> bool:
        return self._task.done()

    @property
    def broken(self) -> bool:
        """Whether it is no longer of use: it has ended, never began, or the server forgot it."""
        begun = self._client.done() and not self._client.cancelled() and self._client.exception() is None
        return self.over or self._lost or not begun

    async def close(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait({self._task}, timeout=CLOSE_SECONDS)

    async def tools(self) -> list[dict[str, Any]]:
        """Everything that the server lists. Raises ServerProblem."""
        async with self._use(LIST_SECONDS) as client:
            found: list[types.Tool] = []
            cursor: str | None = None
            for _ in range(MAX_PAGES):
                page = await client.session.list_tools(params=types.PaginatedRequestParams(cursor=cursor))
                found += page.tools
                cursor = page.next_cursor
                if cursor is None or len(found) > MAX_TOOLS:
                    break
            return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in found[:MAX_TOOLS]]

    async def call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The tool's result, as plain JSON. Raises ServerProblem."""
        async with self._use(self._server.seconds) as client:
            request = types.CallToolRequest(params=types.CallToolRequestParams(name=tool, arguments=arguments))
            result = await client.session.send_request(request, types.CallToolResult)
            return result.model_dump(mode="json", by_alias=True, exclude_none=True)

    @asynccontextmanager
    async def _use(self, seconds: float) -> AsyncIterator[Client]:
        """One use within a time; what goes wrong becomes a ServerProblem."""
        self._used.set()
        self._under_way += 1
        self._answers.failed_with, self._answers.too_large = None, False
        try:
            async with asyncio.timeout(seconds):
                yield await asyncio.shield(self._client)
        except TimeoutError as problem:
            raise ServerProblem(f"it gave no answer in {seconds:g} s") from problem
        except asyncio.CancelledError as problem:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise self._told(problem) from problem  # not the caller's end, but the conversation's
        except Exception as problem:
            raise self._told(problem) from problem
        finally:
            self._under_way -= 1

    async def _hold(self) -> None:
        timeout = httpx2.Timeout(CONNECT_SECONDS, read=self._server.seconds + LIST_SECONDS)
        info = types.Implementation(name="harvest", version=VERSION)
        try:
            async with httpx2.AsyncClient(
                headers={"accept-encoding": "identity"},  # few bytes could stand for many
                timeout=timeout,
                auth=Credential(self._server, self._find),
                event_hooks={"response": [self._answers.look_at]},
            ) as http:
                transport = streamable_http_client(self._server.url, http_client=http, max_sse_event_size=MAX_ANSWER_BYTES)
                async with Client(transport, client_info=info, cache=None) as client:
                    self._client.set_result(client)
                    await self._until_idle()
        except Exception as problem:
            log.info("a conversation with a tool server ended", problem=_kinds_of(problem))
            if not self._client.done():
                self._client.set_exception(problem)
                self._client.exception()  # taken note of, whoever waits
        finally:
            self._client.cancel()

    async def _until_idle(self) -> None:
        while True:
            self._used.clear()
            try:
                async with asyncio.timeout(IDLE_SECONDS):
                    await self._used.wait()
            except TimeoutError:
                if not self._under_way:
                    return

    def _told(self, problem: BaseException) -> ServerProblem:
        answers = self._answers
        if answers.too_large:
            self._lost = True  # the rest of it is not read, and stands before all that follows
            return ServerProblem(f"its answer is larger than {MAX_ANSWER_BYTES // 1024 // 1024} MB")
        if answers.failed_with in REFUSED:
            return ServerProblem(f"it refused Harvest's credential ({answers.failed_with})", refused=True)
        if answers.failed_with is not None and answers.failed_with >= 500:
            return ServerProblem(f"it answered with an error ({answers.failed_with})")
        if isinstance(problem, MCPError):
            if problem.error.code == types.INVALID_REQUEST and problem.error.message == "Session terminated":
                self._lost = True
                return SessionLost("it has forgotten the conversation")
            if problem.error.code == types.CONNECTION_CLOSED:
                return ServerProblem("the connection to it was lost")
            return ServerProblem(f"it answered with the protocol's error {problem.error.code}")
        if isinstance(problem, RuntimeError) and "InputRequired" in str(problem):
            return ServerProblem("it asked for a person's input, which Harvest does not give")
        return ServerProblem(f"it can't be reached ({_kinds_of(problem)})")


def _kinds_of(problem: BaseException) -> str:
    """The kinds of what went wrong, without their words: those may hold anything."""
    if isinstance(problem, BaseExceptionGroup):
        return ", ".join(sorted({_kinds_of(inner) for inner in problem.exceptions}))
    return type(problem).__name__
