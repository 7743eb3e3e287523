"""`python -m benchmarks` (`make bench`): measure, print the tables, and write them into docs/benchmarks.md.

With `--only` one part is measured and printed, and the page left as it is.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import jobs, size, tools
from benchmarks.door import measure as door
from benchmarks.machine import description, load_average
from benchmarks.modal import measure as modal
from benchmarks.stage import set_up
from benchmarks.table import door_tables, job_tables, modal_tables, put_into, size_table, tool_table
from emulators.modal.namespaces import obstacle

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
PARTS = ("jobs", "tools", "modal", "door")


def main() -> None:
    """Measure all, or the part that was named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Harvest on this machine.")
    parser.add_argument("--only", choices=PARTS, help="measure and print this part, and leave docs/benchmarks.md as it is")
    only = parser.parse_args().only
    # On the disk where state would be: in memory a commit costs nothing.
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    try:
        figures = asyncio.run(measured(folder, (only,) if only else PARTS))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{figures}")
    if not only:
        put_into(PAGE, figures)
        print(f"\nWritten into {PAGE.relative_to(ROOT)}.")


async def measured(folder: Path, parts: tuple[str, ...]) -> str:
    """The parts that were asked for, as markdown."""
    begun, busy = time.monotonic(), load_average()
    tables = []
    if "jobs" in parts:
        say("the service at rest, and jobs: two minutes")
        (folder / "jobs").mkdir()
        async with set_up(folder / "jobs") as stage:
            tables += [size_table(await size.measure(stage)), job_tables(await jobs.measure(stage))]
    if "tools" in parts:
        say("calls of tools: some seconds")
        (folder / "tools").mkdir()
        tables.append(tool_table(await tools.measure(folder / "tools")))
    if "modal" in parts:
        if (reason := obstacle()) is None:
            say("sandboxes on an emulated Modal: two minutes")
            (folder / "modal").mkdir()
            tables.append(modal_tables(await modal.measure(folder / "modal")))
        else:
            tables.append(f"Sandboxes on Modal were left out: {reason}.")
    if "door" in parts:
        say("the door, one server after the other: four minutes")
        (folder / "door").mkdir()
        tables.insert(0, door_tables(await door.measure(folder / "door")))
    took = time.monotonic() - begun
    measured_on = (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, in {took / 60:.1f} minutes. {description()}. "
        f"Load average before it began: {busy:.1f}."
    )
    return "\n\n".join([measured_on, *tables])


def say(what: str) -> None:
    print(f"measuring {what} …", flush=True)


if __name__ == "__main__":
    main()
