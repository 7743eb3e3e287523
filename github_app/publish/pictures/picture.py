"""A picture that may be shown: drawn anew, in a process that may do nothing else (`redraw.py`)."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

import github_app
from github_app.publish.pictures.redraw import UNFIT
from sandbox.time_limit import TimeLimit

# What is taken out of a sandbox, and what is kept: more is no screenshot, and everybody who clones the repository gets it.
MAX_GIVEN_BYTES = 10 * 1024 * 1024
MAX_KEPT_BYTES = 4 * 1024 * 1024

SECONDS = 60.0
# Each takes up to a gigabyte for a moment.
AT_ONCE = asyncio.Semaphore(2)

Format = Literal["png", "jpeg", "webp"]


class NoPicture(Exception):
    """It can't be shown; the message says why, and what to do."""


class Head(msgspec.Struct, frozen=True):
    """What the process says of what it has drawn."""

    format: Format
    width: int
    height: int


class Picture(msgspec.Struct, frozen=True):
    """A whole file, and its size in pixels."""

    data: bytes
    format: Format
    width: int
    height: int


async def redrawn(data: bytes) -> Picture:
    """The same picture as a file of our own. Raises NoPicture."""
    async with AT_ONCE:
        exit_code, drawn, said = await _in_a_process_of_its_own(data)
    if exit_code == UNFIT:
        raise NoPicture(said.decode("utf-8", "replace")[:300])
    if exit_code != 0:
        raise NoPicture("the picture could not be drawn anew: take it again, or a smaller part of the page")
    first, _, file = drawn.partition(b"\n")
    head = msgspec.json.decode(first, type=Head)
    if len(file) > MAX_KEPT_BYTES:
        raise NoPicture(
            f"drawn anew the picture has {len(file) / 1e6:.1f} MB, and {MAX_KEPT_BYTES / 1e6:.0f} MB may be shown: take a "
            "smaller part of the page, or a JPEG"
        )
    return Picture(file, head.format, head.width, head.height)


async def _in_a_process_of_its_own(data: bytes) -> tuple[int, bytes, bytes]:
    """Exit code, stdout and stderr; a process that takes too long is ended, and counts as failed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "github_app.publish.pictures.redraw"),
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(Path(github_app.__file__).parents[1])},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with TimeLimit(SECONDS):
            drawn, said = await process.communicate(data)
    except TimeoutError:
        return -1, b"", b""
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode or 0, drawn, said
