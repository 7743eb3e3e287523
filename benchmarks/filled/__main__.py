"""Measure on an empty state and on a filled one, in turns, and print the table."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.filled.fill import fill, fill_engine
from benchmarks.filled.queries import QUERIES, set_up
from benchmarks.first_request import by_label
from benchmarks.machine import processor_seconds
from benchmarks.stage import set_up as set_up_stage
from benchmarks.table import markdown
from state.database import Database
from state.dbos_setup import ENGINE_FILE

ROOT = Path(__file__).resolve().parents[2]
TIMES_EACH = 25
STARTS = 3
AT_REST_SECONDS = 20.0


@dataclass(frozen=True)
class Figures:
    """Milliseconds of each statement, seconds from start to ready and of a job to the model's first request, and the percent
    of a core that an idle service takes."""

    queries: dict[str, float]
    ready: float
    at_rest: float
    first_request: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.filled", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--deliveries", type=int, default=2_000_000)
    asked = parser.parse_args()
    (ROOT / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="filled-", dir=ROOT / "var") as folder:
        empty = asyncio.run(figures(Path(folder) / "empty", jobs=0, deliveries=0))
        filled = asyncio.run(figures(Path(folder) / "filled", jobs=asked.jobs, deliveries=asked.deliveries))
    rows = [
        ["start to ready", f"{empty.ready:.2f} s", f"{filled.ready:.2f} s", f"{filled.ready / empty.ready:.2f}×"],
        ["at rest, of a core", f"{empty.at_rest:.1f}%", f"{filled.at_rest:.1f}%", f"{filled.at_rest / empty.at_rest:.2f}×"],
        [
            "label → the model's first request",
            f"{empty.first_request:.2f} s",
            f"{filled.first_request:.2f} s",
            f"{filled.first_request / empty.first_request:.2f}×",
        ],
    ]
    for name, before in empty.queries.items():
        after = filled.queries[name]
        rows.append([name, f"{before:.2f} ms", f"{after:.2f} ms", f"{after / before:.2f}×"])
    print(markdown(["", "empty", f"{asked.jobs:,} jobs, {asked.deliveries:,} deliveries", "ratio"], rows))


async def figures(folder: Path, *, jobs: int, deliveries: int) -> Figures:
    """Of a state with so much in it."""
    file = folder / "state" / "harvest.db"
    file.parent.mkdir(parents=True)
    database = await Database.open(f"sqlite:///{file}")
    await database.close()
    (folder / "first").mkdir()
    async with set_up_stage(folder / "first", state=file.parent) as stage:  # it makes the engine's database
        assert stage.ready_seconds
    if jobs:
        engine = file.with_name(ENGINE_FILE)
        seconds = fill(file, jobs=jobs, deliveries=deliveries) + fill_engine(engine, jobs=jobs)
        print(f"filled in {seconds:.0f} s: {(file.stat().st_size + engine.stat().st_size) / 1e9:.1f} GB", flush=True)
    queries = await times(file)
    ready, at_rest, first_request = [], 0.0, 0.0
    for start in range(STARTS):
        (folder / str(start)).mkdir()
        async with set_up_stage(folder / str(start), state=folder / "state") as stage:
            ready.append(stage.ready_seconds)
            if start == STARTS - 1:
                await asyncio.sleep(5)
                before = processor_seconds(stage.harvest_pid)
                await asyncio.sleep(AT_REST_SECONDS)
                at_rest = 100 * (processor_seconds(stage.harvest_pid) - before) / AT_REST_SECONDS
                issue = (await stage.maintainer.get(f"/repos/{stage.repository}/issues", state="open"))[0]
                first_request = (await by_label(stage, issue["title"], issue["body"])).first_request
    return Figures(queries, min(ready), at_rest, first_request)


async def times(file: Path, *, each: int = TIMES_EACH) -> dict[str, float]:
    """The quickest of some runs of each statement, which other work on the machine disturbed least, in milliseconds."""
    database = await Database.open(f"sqlite:///{file}")
    parts = await set_up(database)
    taken = {}
    for name, query in QUERIES.items():
        runs = []
        for _ in range(each):
            begun = time.perf_counter()
            await query(parts)
            runs.append(1_000 * (time.perf_counter() - begun))
        taken[name] = min(runs)
    # Nothing is left for the service that starts next.
    for job in await parts.jobs.unfinished():
        await parts.jobs.end(job.id, "succeeded")
        await parts.queue.hold(job.id)
        await parts.queue.release(job.id)
    for delivery in await parts.inbox.claim(1_000):
        await parts.inbox.done(delivery.number, "measured")
    await parts.inbox.close()
    await database.close()
    return taken


if __name__ == "__main__":
    main()
