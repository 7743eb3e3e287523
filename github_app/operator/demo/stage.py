"""What is up while the demo runs: the emulated GitHub, the model, and Harvest, introduced to each other."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx

from github_app.operator.demo.linear import Linear, switch_on, the_linear
from github_app.operator.demo.people import Person
from github_app.operator.demo.processes import DemoFailed, Ready, run_to_its_end, running
from github_app.operator.demo.screen import Screen

T = TypeVar("T")
S = TypeVar("S")

# What a process of the demo gets of the visitor's environment; above all none of their HARVEST_ and GITHUB_ settings.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TERM", "SSL_CERT_FILE", "HTTPS_PROXY", "NO_PROXY")

# The folder, in the demo's own, in which Harvest keeps its state.
STATE = "state"

# The demo must run where there is no bubblewrap; where there is, the sandbox is isolated all the same.
LOCAL_SANDBOX = {"HARVEST_SANDBOX": "local", "HARVEST_LOCAL_UNISOLATED": "1"}

# A scripted job takes seconds; with the visitor's own key it takes as long as the model thinks.
SCRIPTED_SECONDS = 90.0
LIVE_SECONDS = 30 * 60.0


@dataclass(frozen=True)
class Wanted:
    """What the stage is set for. `plays` are what the scripted model knows, files of `emulators/anthropic/plays`; with
    `workflows` the repository's own run."""

    plays: tuple[str, ...]
    workflows: bool
    live: bool
    sandbox: str


@dataclass(frozen=True)
class Stage:
    """What is up. `env` is that of Harvest's processes, `patience` in seconds."""

    screen: Screen
    folder: Path
    github_url: str
    harvest_url: str
    env: dict[str, str]
    maintainer: Person
    repository: str
    linear: Linear
    patience: float

    @property
    def pages(self) -> str:
        """The address of the repository's pages."""
        return f"{self.github_url}/{self.repository}"

    async def emulator(self, path: str) -> Any:
        """What the emulated GitHub says about itself."""
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{self.github_url}/_emulator/{path}")).raise_for_status().json()

    async def model(self, path: str) -> Any:
        """What the scripted model says about itself."""
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{self.env['ANTHROPIC_BASE_URL']}/_emulator/{path}")).raise_for_status().json()

    async def must_have_asked_only_what_github_knows(self) -> None:
        """DemoFailed when a request was none that GitHub's own description allows."""
        if violations := await self.emulator("violations"):
            raise DemoFailed(f"GitHub would have refused {len(violations)} requests, the first: {violations[0]}")
        self.screen.happened("every request was one that GitHub's own description allows")

    async def show_counts(self, asked: list[tuple[str, float]]) -> None:
        """How often GitHub was asked for each job: the API, which has rate limits, and git, which has none. `asked` are
        what each job is called and when it was asked for, in seconds since the epoch."""
        begins = [at for _, at in asked]
        for (title, begin), end in zip(asked, [*begins[1:], time.time()], strict=True):
            log = await self.emulator(f"requests?since={begin}&until={end}")
            ours = [one["channel"] for one in log["requests"] if one["actor"].startswith(("app", "installation"))]
            self.screen.happened(f"{title}: {ours.count('rest')} requests to GitHub's API, {ours.count('git')} by git")


async def set_up(stack: AsyncExitStack, screen: Screen, folder: Path, wanted: Wanted) -> Stage:
    """Start GitHub, the model and Harvest, and introduce them to each other."""
    screen.heading("The stage")
    base = passed_on()
    workflows = ("--run-workflows",) if wanted.workflows else ()
    emulator = running("emulators.github", "--root", str(folder / "github"), *workflows, env=base, folder=folder)
    ready_github, linear = await both(stack.enter_async_context(emulator), the_linear(stack, folder, base))
    github = ready_github.document()
    screen.happened("an emulated GitHub", github["url"])
    screen.happened("an emulated Linear", linear.url)
    env = {**base, **github["env"], **await the_model(stack, screen, folder, base, wanted)}
    env |= linear.env
    env |= {"HARVEST_PORT": "0", "HARVEST_STATE_DIR": str(folder / STATE)}
    env |= await the_modal(stack, screen, folder, base) if wanted.sandbox == "modal" else LOCAL_SANDBOX
    ready = await stack.enter_async_context(running("github_app", "serve", env=env, folder=folder))
    harvest_url = address_in(ready)
    screen.happened("Harvest", harvest_url)
    await point_webhooks(github, harvest_url)
    maintainer = Person.at(github["env"]["GITHUB_API_URL"], **github["people"]["maintainer"])
    await switch_on(maintainer, github["repository"])
    patience = LIVE_SECONDS if wanted.live else SCRIPTED_SECONDS
    return Stage(screen, folder, github["url"], harvest_url, env, maintainer, github["repository"], linear, patience)


async def both(one: Awaitable[T], other: Awaitable[S]) -> tuple[T, S]:
    """What both give, at the same time. When one fails the other has come to its end as well: nothing is started any more."""
    ended = await asyncio.gather(one, other, return_exceptions=True)
    for found in ended:
        if isinstance(found, BaseException):
            raise found
    return cast("tuple[T, S]", tuple(ended))


async def the_model(
    stack: AsyncExitStack, screen: Screen, folder: Path, base: dict[str, str], wanted: Wanted
) -> dict[str, str]:
    """The environment by which Harvest reaches a model: a scripted one, or the visitor's own."""
    if wanted.live:
        screen.happened("the model is your own", os.environ.get("ANTHROPIC_BASE_URL", "https://api.anthropic.com"))
        return {name: os.environ[name] for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL") if name in os.environ}
    plays = [argument for name in wanted.plays for argument in ("--play", str(plays_folder() / name))]
    ready = await stack.enter_async_context(running("emulators.anthropic", *plays, env=base, folder=folder))
    model = ready.document()
    screen.happened("a scripted model (the Claude CLI is the real one)", model["url"])
    environment: dict[str, str] = model["env"]
    return environment


async def the_modal(stack: AsyncExitStack, screen: Screen, folder: Path, base: dict[str, str]) -> dict[str, str]:
    """The environment by which Harvest reaches an emulated Modal."""
    modal = await emulated_modal(stack, folder, base)
    screen.happened("an emulated Modal (the SDK is the real one)", modal["url"])
    return {**modal["env"], "HARVEST_SANDBOX": "modal"}


async def emulated_modal(stack: AsyncExitStack, folder: Path, base: dict[str, str]) -> dict[str, Any]:
    """Start an emulated Modal and build the base image; what it says of itself."""
    claude = shutil.which("claude") or bundled_claude()
    show = ("--show", f"{claude}:/usr/local/bin/claude")
    modal = (await stack.enter_async_context(running("emulators.modal", *show, env=base, folder=folder))).document()
    await run_to_its_end(
        "github_app", "image", "build", env={**base, **modal["env"], "HARVEST_SANDBOX": "modal"}, folder=folder
    )
    return modal


def bundled_claude() -> str:
    """The Claude CLI that the demo's own requirements bring."""
    spec = find_spec("claude_agent_sdk")
    if spec is None or spec.origin is None:
        raise DemoFailed("there is no Claude CLI: run the demo with `make demo`, which brings one")
    return str(Path(spec.origin).parent / "_bundled" / "claude")


def plays_folder() -> Path:
    """Where the scripted model's plays are."""
    spec = find_spec("emulators")
    if spec is None or not spec.submodule_search_locations:
        raise DemoFailed("the emulators are not installed: run the demo from a clone, with `make demo`")
    return Path(spec.submodule_search_locations[0]) / "anthropic" / "plays"


def address_in(ready: Ready) -> str:
    return ready.line.rpartition(" ")[2]


async def point_webhooks(github: dict[str, Any], harvest_url: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.patch(f"{github['url']}/_emulator/hook", json={"url": f"{harvest_url}/webhooks/github"})
        answer.raise_for_status()


async def obstacle_to_modal() -> str:
    """Why the emulated Modal can't isolate its sandboxes on this machine; empty when it can."""
    asked = await run_to_its_end("emulators.modal", "--obstacle", env=passed_on(), folder=Path(tempfile.gettempdir()))
    return asked.strip()


def passed_on() -> dict[str, str]:
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ}
