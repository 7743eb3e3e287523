"""`python -m benchmarks.modal.streams N`: follow N agents on Modal at once, and print what each weighs in KB (10^3 bytes)."""

from __future__ import annotations

import asyncio
import os
import sys

from benchmarks.machine import resident_megabytes
from sandbox import run, run_start
from sandbox.modal import ModalBackend
from sandbox.modal.sandbox import ModalSandbox
from sandbox.protocol import SandboxSpec
from sandbox.run_start import RunSpec

# What a busy agent writes, and how many of its lines have been read by the time that the memory is.
AGENT = 'while true; do printf \'{"type":"assistant","text":"%01000d"}\\n\' 1; sleep 0.5; done'
LINES = 10
# Modal takes creates as they come; this many at a time keep the emulated one from being what is measured.
CREATES_AT_ONCE = 4


async def main(count: int) -> None:
    backend = ModalBackend()
    await backend.build_base_image()
    first = await started(backend, 0)
    heard = asyncio.Event()
    followers = [asyncio.create_task(follow(first, heard))]
    await heard.wait()
    before = resident_megabytes(os.getpid())
    places = asyncio.Semaphore(CREATES_AT_ONCE)

    async def one_more(number: int) -> None:
        async with places:
            sandbox = await started(backend, number)
        heard = asyncio.Event()
        followers.append(asyncio.create_task(follow(sandbox, heard)))
        await heard.wait()

    await asyncio.gather(*(one_more(number) for number in range(1, count + 1)))
    grown = resident_megabytes(os.getpid()) - before
    print(grown * 1000 / count)
    for follower in followers:
        follower.cancel()


async def started(backend: ModalBackend, number: int) -> ModalSandbox:
    sandbox = await backend.create(
        SandboxSpec(name=f"stream-{number}", session="bench", cpu=0.1, memory_mib=128, timeout_seconds=900)
    )
    await run_start.start(sandbox, "run", RunSpec(argv=["sh", "-c", AGENT], cwd="/"))
    return sandbox


async def follow(sandbox: ModalSandbox, heard: asyncio.Event) -> None:
    lines = 0
    async for _ in run.follow(sandbox, "run"):
        lines += 1
        if lines == LINES:
            heard.set()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
