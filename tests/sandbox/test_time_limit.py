"""A process that was frozen gives up nothing on waking that has ended meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from sandbox.local import LocalBackend
from sandbox.time_limit import TimeLimit
from tests.harvest_service import ROOT
from tests.sandbox.modal_backend import connected
from tests.waiting import wait_until

__all__ = ["connected"]  # a fixture

# A process of Harvest's that runs a command with a limit, and says when it has begun and what it said.
HARVEST = """
import asyncio, sys
from pathlib import Path
from sandbox.local import LocalBackend
from sandbox.modal import ModalBackend
from sandbox.protocol import SandboxSpec

async def main():
    folder, bubblewrap = sys.argv[1:]
    local = LocalBackend(Path(folder), allow_unisolated=True, bubblewrap=bubblewrap or None) if folder else None
    backend = local or ModalBackend(app_name="frozen")
    sandbox = await backend.create(SandboxSpec(name="job-1", session="frozen", cpu=1, memory_mib=512))
    running = asyncio.create_task(sandbox.run(["sh", "-c", "touch begun; sleep 1; echo done"], timeout_seconds=4))
    while (await sandbox.run(["test", "-e", "begun"])).exit_code:
        pass
    print("begun", flush=True)
    try:
        print((await running).stdout.decode(), end="", flush=True)
    finally:
        await sandbox.terminate()

asyncio.run(main())
"""
FROZEN_SECONDS = 6.0


@pytest.fixture(params=["local", pytest.param("modal", marks=pytest.mark.campaign)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[list[str], dict[str, str]]:
    """The arguments and the environment by which HARVEST has its sandbox on each backend."""
    if request.param == "modal":
        return ["", ""], request.getfixturevalue("connected").service.env
    isolation = LocalBackend(tmp_path, allow_unisolated=True).isolation()
    return [str(tmp_path), isolation.program or ""], {}


async def test_a_command_that_ended_while_we_were_frozen_has_not_taken_too_long(
    settings: tuple[list[str], dict[str, str]],
) -> None:
    arguments, env = settings
    harvest = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HARVEST, *arguments), env={**os.environ, **env}, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert harvest.stdout is not None
    assert await harvest.stdout.readline() == b"begun\n"
    harvest.send_signal(signal.SIGSTOP)
    await asyncio.sleep(FROZEN_SECONDS)  # the freeze itself
    harvest.send_signal(signal.SIGCONT)
    assert await harvest.stdout.read() == b"done\n"
    assert await harvest.wait() == 0


async def test_what_takes_too_long_is_ended() -> None:
    limit = TimeLimit(0.05)
    with pytest.raises(TimeoutError):
        async with limit:
            await asyncio.Event().wait()
    assert limit.expired()


async def test_what_comes_at_the_moment_of_waking_is_taken() -> None:
    came = asyncio.Event()
    async with TimeLimit(0.2) as limit:
        loop = asyncio.get_running_loop()
        both_are_past = loop.time() + 0.3
        loop.call_later(0.25, came.set)
        # Nothing else of the loop runs meanwhile, as when the process is frozen.
        wait_until(lambda: loop.time() > both_are_past, "the limit and the news to lie behind")
        await came.wait()
    assert not limit.expired()


async def test_a_block_that_is_not_counted_takes_as_long_as_it_likes() -> None:
    async with TimeLimit(0.05) as limit:
        with limit.not_counted():
            await asyncio.sleep(0.2)
    assert not limit.expired()


async def test_a_cancellation_from_outside_stays_one() -> None:
    async def wait() -> None:
        async with TimeLimit(60):
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
