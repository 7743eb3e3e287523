"""How large and how quick to start: the running service at rest, and the command line."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import processor_seconds, resident_megabytes
from benchmarks.stage import Stage

HELP_RUNS = 5

# What the start leaves to be done when the door is open is done by then: the first looks, and what the first job will need.
SETTLED_SECONDS = 5.0

# The service looks into its queues about once a second: this long, the looks make a share that can be told.
AT_REST_SECONDS = 10.0


@dataclass(frozen=True)
class Size:
    """Memory in MB (10^6 bytes) after the start; `processor` is the share of a core that is used at rest."""

    resident: float
    processor: float
    ready_seconds: float
    help_seconds: float


async def measure(stage: Stage) -> Size:
    """Measure a service that has just been started and has had nothing to do."""
    await asyncio.sleep(SETTLED_SECONDS)
    before = processor_seconds(stage.harvest_pid)
    await asyncio.sleep(AT_REST_SECONDS)
    return Size(
        resident=resident_megabytes(stage.harvest_pid),
        processor=(processor_seconds(stage.harvest_pid) - before) / AT_REST_SECONDS,
        ready_seconds=stage.ready_seconds,
        help_seconds=await asyncio.to_thread(help_seconds),
    )


def help_seconds() -> float:
    """The middle of some runs of `harvest --help`, from its start to its end."""
    taken = []
    for _ in range(HELP_RUNS):
        begun = time.monotonic()
        subprocess.run(
            [Path(sys.executable).with_name("harvest"), "--help"], env=dict(os.environ), stdout=subprocess.DEVNULL, check=True
        )
        taken.append(time.monotonic() - begun)
    return statistics.median(taken)
