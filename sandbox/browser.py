"""The browser that an agent looks at the running app with: the sandbox's own Chromium, and `chrome-devtools-mcp`, which the
CLI starts beside itself as a server of tools and talks to on stdio.

Both run in the sandbox, as the agent's user, and are held to what it may reach. They are given no credential, and nothing of
Harvest's depends on what they say.
https://github.com/ChromeDevTools/chrome-devtools-mcp
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from sandbox.protocol import Sandbox, SandboxPaths

# Pinned: which tools there are, and what they take, differs between versions.
VERSION = "1.11.0"
PROGRAM = "chrome-devtools-mcp"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# What the CLI calls the server.
NAME = "chrome"

# The tool by which an agent opens an address, as the CLI calls it.
OPEN = f"mcp__{NAME}__navigate_page"

# Of its 32 tools those with which one looks at a page and uses it: all of them would be 26 KB of every request to the model.
TOOLS = (
    *("navigate_page", "take_snapshot", "click", "fill", "press_key", "wait_for", "handle_dialog"),
    *("take_screenshot", "resize_page", "list_console_messages"),
)
LEFT_OUT = (
    *("close_page", "drag", "emulate", "evaluate_script", "fill_form", "get_console_message", "get_css_styles"),
    *("get_network_request", "hover", "lighthouse_audit", "list_network_requests", "list_pages"),
    *("new_page", "performance_analyze_insight", "performance_start_trace", "performance_stop_trace"),
    *("screencast_start", "screencast_stop", "select_page", "take_heapsnapshot", "type_text", "upload_file"),
)

_LOOK_SECONDS = 30
_MAX_SAID_BYTES = 4096

# Prints what there is, as JSON. On the sandbox's own PATH, which no command in it can change for another.
_LOOK = """
const fs = require("fs"), path = require("path");
const find = names => {
  for (const name of names) for (const folder of process.env.PATH.split(":")) {
    const file = path.join(folder, name);
    try { fs.accessSync(file, fs.constants.X_OK); return file; } catch {}
  }
  return "";
};
const server = find([process.argv[1]]);
let version = "", folder = server && path.dirname(fs.realpathSync(server));
while (folder && folder !== "/" && !version) {
  try { version = JSON.parse(fs.readFileSync(path.join(folder, "package.json"))).version || ""; } catch {}
  folder = path.dirname(folder);
}
console.log(JSON.stringify({
  node: process.execPath, runs: process.versions.node, server, version,
  chromium: find(process.argv.slice(2)), proxy: process.env.http_proxy || "",
}));
"""


class NoBrowser(Exception):
    """There can be none in this sandbox; the message is a part of a sentence that says why."""


@dataclass(frozen=True)
class Browser:
    """A browser that is there: `command` starts the server of its tools."""

    command: tuple[str, ...]

    @property
    def tools(self) -> tuple[str, ...]:
        """What the CLI calls the tools that an agent is given."""
        return tuple(f"mcp__{NAME}__{tool}" for tool in TOOLS)

    @property
    def left_out(self) -> tuple[str, ...]:
        return tuple(f"mcp__{NAME}__{tool}" for tool in LEFT_OUT)


class Found(msgspec.Struct, frozen=True):
    """What was found in a sandbox: Node and its version, the server and its, Chromium, and the proxy that is the one way out;
    each empty where there is none."""

    node: str
    runs: str
    server: str
    version: str
    chromium: str
    proxy: str


async def find_browser(sandbox: Sandbox) -> Browser:
    """Look what the sandbox has. Raises NoBrowser, SandboxError."""
    looked = await sandbox.run(
        ["node", "-e", _LOOK, PROGRAM, *CHROMIUMS],
        cwd=sandbox.paths.tmp,
        timeout_seconds=_LOOK_SECONDS,
        max_bytes=_MAX_SAID_BYTES,
        offline=True,
    )
    if looked.exit_code == 127:
        raise NoBrowser("the sandbox has no Node")
    try:
        found = msgspec.json.decode(looked.stdout, type=Found)
    except msgspec.DecodeError:
        raise NoBrowser(f"Node does not run in the sandbox (exit code {looked.exit_code})") from None
    return browser_of(found, sandbox.paths)


def browser_of(found: Found, paths: SandboxPaths) -> Browser:
    """Raises NoBrowser where something is missing or of another version."""
    if not found.server:
        raise NoBrowser(f"the sandbox has no {PROGRAM}")
    if found.version != VERSION:
        raise NoBrowser(f"the {PROGRAM} of the sandbox is {found.version or 'of no known version'}, and {VERSION} is needed")
    if not runs_on(found.runs):
        raise NoBrowser(f"{PROGRAM} does not run on Node {found.runs}, which the sandbox has")
    if not found.chromium:
        raise NoBrowser("the sandbox has no Chromium")
    return Browser(server_command(found, paths))


def runs_on(version: str) -> bool:
    """Whether the server runs on this version of Node, by its package's `engines`: ^20.19.0 || ^22.12.0 || >=23."""
    major, minor = (*(int(part) for part in version.split(".")[:2] if part.isdigit()), 0, 0)[:2]
    return major >= 23 or (major, minor) >= (22, 12) or (major == 20 and minor >= 19)


def server_command(found: Found, paths: SandboxPaths) -> tuple[str, ...]:
    """The server's whole command line. Of the agent's environment, which holds the job's token, it sees nothing.

    Chromium's own sandbox needs what the sandbox around it forbids, and /dev/shm may be small there. It has this sandbox's
    loopback, where the app runs, without the proxy.
    """
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": paths.tmp,
        "TMPDIR": paths.tmp,
        "LANG": "C.UTF-8",
        "CHROME_DEVTOOLS_MCP_NO_UPDATE_CHECKS": "1",
    }
    return (
        "/usr/bin/env",
        "-i",
        *_assignments(environment),
        found.node,
        found.server,
        *("--headless", "--isolated", "--no-page-id-routing", "--viewport=1280x800"),
        f"--executablePath={found.chromium}",
        *("--chromeArg=--no-sandbox", "--chromeArg=--disable-dev-shm-usage", "--chromeArg=--disable-gpu"),
        *([f"--proxyServer={found.proxy}"] if found.proxy else []),
        *(f"--filesystemRoot={folder}" for folder in (paths.workspace, paths.tmp)),
        *("--no-usage-statistics", "--no-performance-crux"),
    )


def _assignments(environment: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in environment.items())
