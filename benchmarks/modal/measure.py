"""The backend beside the bare SDK doing the same, in turns against the same emulated Modal; jobs on it; a hundred streams."""

from __future__ import annotations

import asyncio
import os
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import modal

from benchmarks.first_request import Answered, by_comment, by_label
from benchmarks.jobs import FOLLOW_UP
from benchmarks.stage import Stage, set_up
from github_app.operator.demo.processes import run_to_its_end, running
from github_app.operator.demo.stage import PASSED_ON
from sandbox.modal import ModalBackend
from sandbox.modal.base_image import BaseImage
from sandbox.protocol import SandboxSpec

# The middle of this many stands some runs that something else disturbed.
CREATES, COMMANDS = 9, 31
STREAMED_BYTES = 8 * 1024 * 1024
STREAMS = 100
ROOT = Path(__file__).resolve().parents[2]

Seconds = Callable[[], Awaitable[float]]


@dataclass
class Beside:
    """Seconds of each run: the bare SDK's and the backend's, made in turns."""

    bare: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return statistics.median(self.ours) / statistics.median(self.bare)


@dataclass(frozen=True)
class ModalFigures:
    """`jobs` are first jobs, `calls` what one of them asked of Modal, by RPC; `stream_kb` is memory for each stream (10^3
    bytes), `streams` how many there were."""

    create: Beside
    command: Beside
    output: Beside
    jobs: list[Answered]
    follow_up: Answered
    calls: dict[str, int]
    follow_up_calls: dict[str, int]
    streams: int
    stream_kb: float


async def measure(folder: Path) -> ModalFigures:
    """All of it, with emulators of its own."""
    (folder / "calls").mkdir()
    create, command, output = await beside_the_sdk(folder / "calls")
    (folder / "streams").mkdir()
    stream_kb = await memory_of_streams(folder / "streams", STREAMS)
    (folder / "jobs").mkdir()
    async with set_up(folder / "jobs", sandbox="modal") as stage:
        issue = (await stage.maintainer.get(f"/repos/{stage.repository}/issues", state="open"))[0]
        jobs, calls = [], {}
        for _ in range(3):
            before = await modal_calls(stage)
            jobs.append(await by_label(stage, issue["title"], issue["body"]))
            calls = more_than(before, await modal_calls(stage))
        pull = (await stage.maintainer.get(f"/repos/{stage.repository}/pulls", state="open"))[0]["number"]
        before = await modal_calls(stage)
        follow_up = await by_comment(stage, pull, FOLLOW_UP)
        follow_up_calls = more_than(before, await modal_calls(stage))
    return ModalFigures(create, command, output, jobs, follow_up, calls, follow_up_calls, STREAMS, stream_kb)


async def beside_the_sdk(folder: Path) -> tuple[Beside, Beside, Beside]:
    """Create a sandbox and run a first command; run one in a living sandbox; read a command's output."""
    base = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    async with AsyncExitStack() as stack:
        emulator = (await stack.enter_async_context(running("emulators.modal", env=base, folder=folder))).document()
        os.environ.update(emulator["env"])
        client = await modal.Client.from_credentials.aio(
            *(emulator["env"][f"MODAL_TOKEN_{part}"] for part in ("ID", "SECRET"))
        )
        backend = ModalBackend(client=client)
        stack.push_async_callback(backend.close)
        await backend.build_base_image()
        app = await modal.App.lookup.aio("harvest", client=client)
        image = modal.Image.from_name(BaseImage().name, client=client)

        async def bare_sandbox() -> modal.Sandbox:
            return await modal.Sandbox.create.aio(
                *("sleep", "infinity"), app=app, image=image, client=client, timeout=600, cpu=2, memory=4096
            )

        async def bare_run(sandbox: modal.Sandbox, *argv: str) -> None:
            process = await sandbox.exec.aio(*argv, text=False)
            await asyncio.gather(process.stdout.read.aio(), process.stderr.read.aio(), process.wait.aio())

        async def bare_create() -> float:
            begun = time.monotonic()
            sandbox = await bare_sandbox()
            await bare_run(sandbox, "true")
            took = time.monotonic() - begun
            await sandbox.terminate.aio(wait=True)
            return took

        async def our_create() -> float:
            begun = time.monotonic()
            sandbox = await backend.create(SandboxSpec(name=secrets.token_hex(8), session="bench", timeout_seconds=600))
            await sandbox.run(["true"], cwd="/")
            took = time.monotonic() - begun
            await sandbox.terminate()
            return took

        bare = await bare_sandbox()
        ours = await backend.create(SandboxSpec(name="bench", session="bench", timeout_seconds=600))
        much = ["head", "-c", str(STREAMED_BYTES), "/dev/zero"]
        create = await in_turns(bare_create, our_create, CREATES)
        command = await in_turns(timed(lambda: bare_run(bare, "true")), timed(lambda: ours.run(["true"], cwd="/")), COMMANDS)
        output = await in_turns(
            timed(lambda: bare_run(bare, *much)),
            timed(lambda: ours.run(much, cwd="/", max_bytes=STREAMED_BYTES)),
            CREATES,
        )
        await ours.terminate()
        await bare.terminate.aio(wait=True)
    return create, command, output


async def in_turns(bare: Seconds, ours: Seconds, times: int) -> Beside:
    await bare(), await ours()  # the first of each finds nothing warm
    beside = Beside()
    for _ in range(times):
        beside.bare.append(await bare())
        beside.ours.append(await ours())
    return beside


def timed(work: Callable[[], Awaitable[Any]]) -> Seconds:
    async def seconds() -> float:
        begun = time.monotonic()
        await work()
        return time.monotonic() - begun

    return seconds


async def memory_of_streams(folder: Path, count: int) -> float:
    """KB (10^3 bytes) of Harvest's side for each of that many agents that are followed at the same time."""
    base = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    async with running("emulators.modal", env=base, folder=folder) as emulator:
        env = {**base, **emulator.document()["env"], "PYTHONPATH": str(ROOT)}
        return float(await run_to_its_end("benchmarks.modal.streams", str(count), env=env, folder=folder))


async def modal_calls(stage: Stage) -> dict[str, int]:
    """What the emulated Modal was asked so far, by RPC."""
    async with httpx.AsyncClient(trust_env=False) as client:
        stats = (await client.get(f"{stage.modal_control}/stats")).raise_for_status().json()
    return dict(stats["calls"])


def more_than(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {rpc: count - before.get(rpc, 0) for rpc, count in after.items() if count > before.get(rpc, 0)}
