"""Which files of a sandbox an agent may attach."""

from __future__ import annotations

import pytest

from github_app.jobs.own_tools.attach_screenshot import place_of
from github_app.jobs.own_tools.tool import Unclear
from sandbox.protocol import SandboxPaths

PATHS = SandboxPaths("/workspace", "/home/harvest", "/harvest", "/tmp")


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/tmp/a.png", "/tmp/a.png"),
        ("shots/a.png", "/workspace/shots/a.png"),
        ("/workspace/./shots//a.png", "/workspace/shots/a.png"),
    ],
)
def test_a_file_of_the_workspace_or_of_tmp(path: str, place: str) -> None:
    assert place_of(path, PATHS) == place


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../etc/passwd", "/tmp/../harvest/token", "/workspace", "/workspaces/a.png", "/home/harvest/a", "//etc/a"],
)
def test_and_of_nowhere_else(path: str) -> None:
    with pytest.raises(Unclear, match="a file in /workspace or /tmp is needed"):
        place_of(path, PATHS)
