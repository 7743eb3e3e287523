"""The emulated Anthropic as tests use it: started by its command line, told what to play, asked what it was sent."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.module_process import start_module

ROOT = Path(__file__).resolve().parent.parent
# Reading the world's certificates takes longer than most tests, and loopback needs none.
TRUST_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
PLAYS = ROOT / "emulators" / "anthropic" / "plays"


def claude_cli() -> Path:
    """The real Claude CLI that the `demo` extra's wheel carries."""
    spec = importlib.util.find_spec("claude_agent_sdk")
    assert spec is not None, "claude-agent-sdk is not installed: run `make test`, which sets everything up"
    assert spec.origin is not None
    return Path(spec.origin).parent / "_bundled" / "claude"


def fingerprint(credential: str) -> str:
    """How the record shows this credential."""
    return hashlib.sha256(credential.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class AnthropicService:
    """A running emulator. `environment` is what a client needs to use it; `controls` talks to the emulator itself."""

    url: str
    environment: dict[str, str]
    controls: httpx.Client

    @property
    def api_key(self) -> str:
        """The one key it accepts."""
        return self.environment["ANTHROPIC_API_KEY"]

    def play(self, toml: str) -> None:
        """Replace its plays; a play it refuses fails the test with its reason."""
        answer = self.controls.put("/_emulator/play", content=toml)
        assert answer.status_code == 200, answer.text

    def requests(self) -> list[dict[str, Any]]:
        """All it was sent, oldest first; `emulators/plays/record.py` says what is in there."""
        recorded: list[dict[str, Any]] = self.controls.get("/_emulator/requests").raise_for_status().json()
        return recorded

    def scenes(self) -> list[str]:
        """The scenes that were played, as `act/scene`, side requests left out."""
        return [request["scene"] for request in self.requests() if request["scene"] not in (None, "side")]

    def tool_answers(self) -> list[str]:
        """What tools answered, as the model was told of it: with each request that came after it."""
        messages = [message for request in self.requests() for message in (request["body"] or {}).get("messages", [])]
        blocks = [block for message in messages for block in message["content"] if isinstance(block, dict)]
        return [str(block["content"]) for block in blocks if block["type"] == "tool_result"]

    def was_asked_with(self, key: str) -> bool:
        """Whether that key came with a request."""
        shown = fingerprint(key)
        return any(one["sha256"] == shown for request in self.requests() for one in request["credentials"])

    def forget(self) -> None:
        """Empty the record."""
        self.controls.delete("/_emulator/requests").raise_for_status()

    def release(self) -> None:
        """Let the answers that a `silence` holds back go on."""
        self.controls.post("/_emulator/release").raise_for_status()


@contextlib.contextmanager
def anthropic_service(*plays: Path, api_key: str | None = None) -> Iterator[AnthropicService]:
    """Start `python -m emulators.anthropic` on a free port, and end it."""
    with emulated_model("emulators.anthropic", *plays, api_key=api_key) as (url, environment, controls):
        yield AnthropicService(url, environment, controls)


@contextlib.contextmanager
def emulated_model(
    module: str, *plays: Path, api_key: str | None = None
) -> Iterator[tuple[str, dict[str, str], httpx.Client]]:
    """Start that emulator of a model on a free port, and end it; gives its URL, what a client needs, and its controls."""
    options = ["--play", *map(str, plays)] if plays else []
    if api_key is not None:
        options += ["--api-key", api_key]
    process = start_module(module, *options, cwd=ROOT)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the emulator ended with {process.wait()} before it was ready"
        ready = json.loads(line)
        with httpx.Client(base_url=ready["url"], verify=TRUST_NOBODY) as controls:
            yield ready["url"], ready["env"], controls
    finally:
        process.terminate()
        process.wait(timeout=60)
        if process.stdout is not None:
            process.stdout.close()


@dataclass(frozen=True)
class ClaudeRun:
    """How a run of the real CLI ended: its exit code and the events it wrote."""

    exit_code: int
    events: list[dict[str, Any]]

    @property
    def result(self) -> dict[str, Any]:
        """The event that ends a run."""
        assert self.events[-1]["type"] == "result", self.events[-1]
        return self.events[-1]


def run_claude(prompt: str, *arguments: str, cwd: Path, home: Path, environment: Mapping[str, str]) -> ClaudeRun:
    """Run the real CLI headless in `cwd` to its end, with nothing of this machine's own environment but PATH."""
    home.mkdir(exist_ok=True)
    command = [str(claude_cli()), "--print", "--output-format", "stream-json", "--verbose", "--setting-sources", "user"]
    own = {"PATH": os.environ["PATH"], "HOME": str(home), "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
    ended = subprocess.run(
        [*command, *arguments], cwd=cwd, env={**own, **environment}, input=prompt, capture_output=True, text=True, timeout=60
    )
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    assert events, ended.stderr
    return ClaudeRun(ended.returncode, events)
