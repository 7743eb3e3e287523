"""Which files of a sandbox an agent may attach, and how often it may try."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from github_app.domain.session_events import ToolUsed, entry_of
from github_app.gateway.tools.arguments import Unclear
from github_app.jobs.own_tools.attach_screenshot import MOST_TRIES, attach_screenshot, place_of
from github_app.jobs.own_tools.tool import Call
from sandbox.protocol import SandboxPaths
from state.session_log import LogEntry

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


class CallAfterOthers(Call):
    """A call of a job whose log has as many before it as may be."""

    async def context(self) -> Any:
        return SimpleNamespace(
            session=SimpleNamespace(id="s"), job=SimpleNamespace(id="j"), services=SimpleNamespace(logs=self)
        )

    async def read(self, session_id: str, *, after: int, **which: str) -> list[LogEntry]:
        said = entry_of(ToolUsed("harvest", after, "attach_screenshot", "{}", 20.0, 9, problem="the tool reported an error"))
        return [LogEntry(after + 1, "j", 0.0, said.kind, said.key, dict(said.body))] if after < MOST_TRIES else []


async def test_an_agent_can_not_keep_the_machine_busy_with_pictures_that_are_none() -> None:
    call = CallAfterOthers(cast(Any, None), cast(Any, None), {"path": "/tmp/a.png", "caption": "It"})
    with pytest.raises(Unclear, match="a picture 30 times already"):
        await attach_screenshot(call)
