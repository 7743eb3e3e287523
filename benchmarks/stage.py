"""The stage of a measured job: the emulated GitHub and model, and the real `harvest serve` between them."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx

from benchmarks.machine import pinned_to
from github_app.operator.demo.people import Person
from github_app.operator.demo.performance import PLAYS
from github_app.operator.demo.processes import running
from github_app.operator.demo.stage import PASSED_ON, address_in, emulated_modal, plays_folder, point_webhooks

# How long a job may take: its deadline in the database lies that far behind the moment at which its agent was started.
JOB_SECONDS = 600.0

# Jobs that are measured one after the other must not wait for what the ones before have written: GitHub's minute is a second.
LIMITS_SPEED = "60"


@dataclass(frozen=True)
class Stage:
    """What is up. `environment` is Harvest's own; `ready_seconds` is how long `harvest serve` took to answer requests;
    `modal_control` is where the emulated Modal tells what it was asked, if there is one."""

    github: dict[str, Any]
    model_url: str
    environment: dict[str, str]
    harvest_url: str
    harvest_pid: int
    ready_seconds: float
    maintainer: Person
    folder: Path
    state: Path
    modal_control: str | None = None

    @property
    def repository(self) -> str:
        return str(self.github["repository"])

    @property
    def clone_url(self) -> str:
        """The repository's address for the maintainer's own git, the token included as a shell user would have it."""
        who = self.github["people"]["maintainer"]
        return f"{self.github['url']}/{self.repository}.git".replace("://", f"://{who['login']}:{who['token']}@")

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Look into Harvest's database, without being able to change it."""
        with sqlite3.connect(f"file:{self.state / 'harvest.db'}?mode=ro", uri=True) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()

    async def github_log(self, since: float, until: float) -> list[dict[str, Any]]:
        """What the emulated GitHub was asked in that time (seconds since the epoch)."""
        return list((await _json(f"{self.github['url']}/_emulator/requests?since={since}&until={until}"))["requests"])

    async def model_requests(self) -> list[dict[str, Any]]:
        """What the model was asked so far, oldest first."""
        return list(await _json(f"{self.model_url}/_emulator/requests"))


async def _json(url: str) -> Any:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(url)).raise_for_status().json()


@asynccontextmanager
async def set_up(
    folder: Path, *, harvest_core: int | None = None, sandbox: Literal["local", "modal"] = "local", state: Path | None = None
) -> AsyncIterator[Stage]:
    """Start everything in that folder, Harvest on one core and with another state directory if these are given, and end it
    after the block."""
    state = state or folder / "state"
    base = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    plays = [argument for name in PLAYS for argument in ("--play", str(plays_folder() / name))]
    async with AsyncExitStack() as stack:
        emulator = running("emulators.github", "--limits-speed", LIMITS_SPEED, env=base, folder=folder)
        github = (await stack.enter_async_context(emulator)).document()
        model = (await stack.enter_async_context(running("emulators.anthropic", *plays, env=base, folder=folder))).document()
        environment = {
            **base,
            **github["env"],
            **model["env"],
            "HARVEST_JOB_MINUTES": str(JOB_SECONDS / 60),
            "HARVEST_GITHUB_PACE": LIMITS_SPEED,
            "HARVEST_PORT": "0",
            "HARVEST_STATE_DIR": str(state),
        }
        modal_control = None
        if sandbox == "modal":
            modal = await emulated_modal(stack, folder, base)
            environment |= {**modal["env"], "HARVEST_SANDBOX": "modal"}
            modal_control = modal["control"]
        else:  # unisolated on machines without bubblewrap; where it works it is used all the same
            environment |= {"HARVEST_SANDBOX": "local", "HARVEST_LOCAL_UNISOLATED": "1"}
        begun = time.monotonic()
        with nullcontext() if harvest_core is None else pinned_to(harvest_core):
            harvest = await stack.enter_async_context(running("github_app", "serve", env=environment, folder=folder))
        ready_seconds = time.monotonic() - begun
        url = address_in(harvest)
        await point_webhooks(github, url)
        maintainer = Person.at(github["env"]["GITHUB_API_URL"], **github["people"]["maintainer"])
        yield Stage(
            github,
            model["url"],
            environment,
            url,
            harvest.process.pid,
            ready_seconds,
            maintainer,
            folder,
            state,
            modal_control,
        )
