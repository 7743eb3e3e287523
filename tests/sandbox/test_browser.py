"""The browser in a sandbox: what there has to be for it, and what its server is started with."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sandbox.browser import LEFT_OUT, TOOLS, VERSION, Found, NoBrowser, browser_of, find_browser, runs_on
from sandbox.local import LocalBackend
from sandbox.protocol import SandboxPaths, SandboxSpec
from tests.sandbox.conftest import outside_of_the_sandbox

PATHS = SandboxPaths("/workspace", "/home/harvest", "/harvest", "/tmp")
FOUND = Found("/usr/bin/node", "20.19.0", "/opt/harvest/bin/chrome-devtools-mcp", VERSION, "/usr/bin/chromium", "")


def test_its_server_is_started_without_anything_of_the_agents_environment() -> None:
    first, second, *rest = browser_of(FOUND, PATHS).command
    assert (first, second) == ("/usr/bin/env", "-i")
    given = {word.partition("=")[0] for word in rest[: rest.index(FOUND.node)]}
    assert given == {"PATH", "HOME", "TMPDIR", "LANG", "CHROME_DEVTOOLS_MCP_NO_UPDATE_CHECKS"}
    assert not [word for word in rest if word.startswith("--proxyServer")]


def test_it_asks_the_sandboxs_proxy_where_that_is_the_one_way_out() -> None:
    assert "--proxyServer=http://127.0.0.1:9" in browser_of(replace(FOUND, proxy="http://127.0.0.1:9"), PATHS).command


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (replace(FOUND, server=""), "has no chrome-devtools-mcp"),
        (replace(FOUND, version="1.10.0"), f"is 1.10.0, and {VERSION} is needed"),
        (replace(FOUND, version=""), "of no known version"),
        (replace(FOUND, runs="18.20.4"), "does not run on Node 18.20.4"),
        (replace(FOUND, chromium=""), "has no Chromium"),
    ],
)
def test_what_is_missing_is_named(found: Found, why: str) -> None:
    with pytest.raises(NoBrowser, match=why):
        browser_of(found, PATHS)


@pytest.mark.parametrize(
    ("version", "runs"),
    [
        ("20.18.3", False),
        ("20.19.0", True),
        ("21.7.0", False),
        ("22.11.0", False),
        ("22.12.0", True),
        ("24.1.0", True),
        ("x", False),
        ("", False),
    ],
)
def test_the_server_runs_on_the_versions_of_node_that_its_package_names(version: str, runs: bool) -> None:
    assert runs_on(version) == runs


def test_no_tool_is_both_given_and_left_out() -> None:
    assert not set(TOOLS) & set(LEFT_OUT)


@outside_of_the_sandbox
async def test_where_nothing_is_there_the_sandbox_says_what(backend: LocalBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere:/bin")
    sandbox = await backend.create(SandboxSpec(name="job-1", session="issue-7"))
    with pytest.raises(NoBrowser, match="the sandbox has no"):
        await find_browser(sandbox)
