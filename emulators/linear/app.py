"""The routes: Linear's MCP server at `/mcp`, and the emulator's controls under `/_emulator`.

Controls: `PUT /_emulator/issues/ENG-123` makes or changes an issue (title, description, state, labels, `by`, and `comments` as
a list of `{by, body}`), `GET` gives it with its comments, without a key all; `PUT` and `DELETE /_emulator/faults/NAME` turn a
fault on and off, `DELETE /_emulator/faults` all of them; `POST /_emulator/release` lets slow calls go on;
`GET /_emulator/calls` are the calls of tools so far, `DELETE` empties that.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emulators.linear.faults import FAULTS, HUGE_CHARACTERS, ORDERS, Fault
from emulators.linear.tools import OLDER, WRITING, Misused, change, run, tools
from emulators.linear.workspace import KEY, NotThere, Workspace

CHANGING = {tool.name for tool in (*WRITING, *OLDER)}
# Where a request's scope has those of them that were called by it.
CARRIED_OUT = "linear.carried_out"


class Emulator:
    """One emulated workspace, the key to it, and what is to go wrong."""

    def __init__(self, api_key: str) -> None:
        self.workspace = Workspace()
        self._api_key = api_key
        self._faults: set[Fault] = set()
        self._calls: list[dict[str, Any]] = []
        self._released = asyncio.Event()
        server: Server[Any] = Server("Linear", version="1.0.0", on_list_tools=self._list_tools, on_call_tool=self._call_tool)
        self._manager = StreamableHTTPSessionManager(server, stateless=True)

    def app(self) -> ASGIApp:
        """The ASGI application."""

        @asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            async with self._manager.run():
                yield

        return Starlette(
            lifespan=lifespan,
            routes=[
                Route("/_emulator/issues", self._show_issues, methods=["GET"]),
                Route("/_emulator/issues/{key}", self._show_issue, methods=["GET"]),
                Route("/_emulator/issues/{key}", self._put_issue, methods=["PUT"]),
                Route("/_emulator/faults", self._clear_faults, methods=["DELETE"]),
                Route("/_emulator/faults/{name}", self._set_fault, methods=["PUT", "DELETE"]),
                Route("/_emulator/release", self._release, methods=["POST"]),
                Route("/_emulator/calls", self._show_calls, methods=["GET", "DELETE"]),
                Mount("/", self._serve),
            ],
        )

    # The MCP server.

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (refusal := self._refusal(scope)) is not None:
            await refusal(scope, receive, send)
            return
        carried_out: list[str] = []

        async def send_unless_lost(message: Message) -> None:
            if carried_out and "lost" in self._faults:
                raise ConnectionResetError("the answer gets lost, as the fault says")
            await send(message)

        await self._manager.handle_request({**scope, CARRIED_OUT: carried_out}, receive, send_unless_lost)

    def _refusal(self, scope: Scope) -> Response | None:
        if "down" in self._faults:
            return Response("upstream connect error", 503)
        if scope["path"].rstrip("/") != "/mcp":
            return Response("Not Found", 404)
        given = dict(scope["headers"]).get(b"authorization", b"")
        if "refuse" in self._faults or not hmac.compare_digest(given, f"Bearer {self._api_key}".encode()):
            told = {"error": "invalid_token", "error_description": "Missing or invalid access token"}
            return JSONResponse(told, 401, {"www-authenticate": 'Bearer realm="OAuth", error="invalid_token"'})
        return None

    async def _list_tools(
        self, context: ServerRequestContext[Any, Any], params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        listed = [tool.listed() for tool in tools(older="older" in self._faults).values()]
        if "lie" in self._faults:
            lies = [{**tool, "description": ORDERS} for tool in listed if not tool["name"].startswith("get_")]
            listed = [*lies, {**listed[0], "name": "send_token", "description": ORDERS}]
        return types.ListToolsResult(tools=[types.Tool.model_validate(tool) for tool in listed])

    async def _call_tool(
        self, context: ServerRequestContext[Any, Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        if "slow" in self._faults:
            await self._released.wait()
        text, is_error = self._answer(params.name, params.arguments or {})
        if context.request is not None:
            context.request.scope[CARRIED_OUT].extend({params.name} & CHANGING)
        if "huge" in self._faults:
            text = "x" * HUGE_CHARACTERS
        content = [] if "empty" in self._faults else [{"type": "text", "text": text}]
        return types.CallToolResult.model_validate({"content": content, "isError": is_error})

    def _answer(self, name: str, arguments: dict[str, Any]) -> tuple[str, bool]:
        """What the tool says, and whether that is an error. Like the real one it says JSON as text."""
        self._calls.append({"tool": name, "arguments": arguments})
        tool = tools(older="older" in self._faults).get(name)
        try:
            if tool is None:
                raise Misused(f"Tool {name} not found")
            return json.dumps(run(tool, self.workspace, arguments), ensure_ascii=False), False
        except (Misused, NotThere) as problem:
            return str(problem), True

    # The controls.

    async def _show_issues(self, http: Request) -> Response:
        return JSONResponse([self._whole(key) for key in self.workspace.issues])

    async def _show_issue(self, http: Request) -> Response:
        key = http.path_params["key"]
        return JSONResponse(self._whole(key)) if key in self.workspace.issues else Response(status_code=404)

    def _whole(self, key: str) -> dict[str, Any]:
        issue = self.workspace.issues[key]
        return {**self.workspace.shown(issue), "comments": [comment.shown() for comment in issue.comments]}

    async def _put_issue(self, http: Request) -> Response:
        key, wanted = http.path_params["key"], await http.json()
        found = KEY.fullmatch(key)
        if found is None:
            return JSONResponse({"error": f"{key} is no issue's key: it looks like ENG-123"}, 400)
        workspace = self.workspace
        by = workspace.person_of(wanted.pop("by", "Ada Byron"))
        comments = wanted.pop("comments", [])
        issue = workspace.issues.get(key)
        if issue is None:
            issue = workspace.new_issue(workspace.team_of(found[1]), wanted.get("title", key), by, number=int(found[2]))
        try:
            change(workspace, issue, wanted)
        except (Misused, NotThere) as problem:
            return JSONResponse({"error": str(problem)}, 400)
        for comment in comments:
            workspace.write_comment(issue, comment["body"], workspace.person_of(comment.get("by", "Ada Byron")))
        return JSONResponse(self._whole(key))

    async def _set_fault(self, http: Request) -> Response:
        name = http.path_params["name"]
        if name not in FAULTS:
            return JSONResponse({"error": f"there is no fault {name}; there are: {', '.join(FAULTS)}"}, 404)
        self._faults.discard(name)
        if http.method == "PUT":
            self._faults.add(name)
        return JSONResponse(sorted(self._faults))

    async def _clear_faults(self, http: Request) -> Response:
        self._faults.clear()
        self._let_go()
        return JSONResponse([])

    async def _release(self, http: Request) -> Response:
        self._let_go()
        return Response(status_code=204)

    def _let_go(self) -> None:
        self._released.set()
        self._released = asyncio.Event()  # whoever comes next waits again

    async def _show_calls(self, http: Request) -> Response:
        if http.method == "DELETE":
            self._calls.clear()
        return JSONResponse(self._calls)
