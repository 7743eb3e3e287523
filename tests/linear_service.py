"""The emulated Linear as tests use it: started by its command line, seeded, and asked what stands there."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.anthropic_service import TRUST_NOBODY
from tests.module_process import start_module


@dataclass(frozen=True)
class LinearService:
    """A running emulator. `mcp` is the address of its MCP server, `key` the one key that it takes."""

    mcp: str
    key: str
    controls: httpx.Client

    def put(self, key: str, **issue: Any) -> dict[str, Any]:
        """Make or change that issue; `comments` are added to it."""
        answer = self.controls.put(f"/_emulator/issues/{key}", json=issue)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def said(self, key: str) -> list[str]:
        """The comments that this key's owner wrote on the issue, the first one first."""
        comments = self.controls.get(f"/_emulator/issues/{key}").raise_for_status().json()["comments"]
        return [comment["body"] for comment in comments if comment["author"]["name"] == "Harvest"]

    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        """The calls of its tools so far."""
        called = self.controls.get("/_emulator/calls").raise_for_status().json()
        return [(call["tool"], call["arguments"]) for call in called]

    def fail(self, fault: str) -> None:
        self.controls.put(f"/_emulator/faults/{fault}").raise_for_status()

    def mend(self) -> None:
        """No fault any more; what was held up goes on."""
        self.controls.delete("/_emulator/faults").raise_for_status()


@contextlib.contextmanager
def linear_service(folder: Path) -> Iterator[LinearService]:
    """Start `python -m emulators.linear` on a free port, and end it."""
    folder.mkdir(parents=True, exist_ok=True)
    process = start_module("emulators.linear", "--port", "0", cwd=folder)
    try:
        line = process.stdout.readline() if process.stdout else ""
        ready = json.loads(line)
        with httpx.Client(base_url=ready["url"], timeout=60, verify=TRUST_NOBODY) as controls:
            yield LinearService(ready["env"]["LINEAR_URL"], ready["env"]["LINEAR_API_KEY"], controls)
    finally:
        process.terminate()
        process.wait(60)
        if process.stdout:
            process.stdout.close()
