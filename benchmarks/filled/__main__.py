"""Measure on an empty state and on a filled one, in turns, and print the table."""

from __future__ import annotations

import argparse
import asyncio
import math
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.filled.fill import fill, fill_engine
from benchmarks.filled.queries import QUERIES, Parts, set_up
from benchmarks.first_request import by_label
from benchmarks.machine import processor_seconds
from benchmarks.stage import Stage
from benchmarks.stage import set_up as set_up_stage
from benchmarks.table import markdown
from state.database import Database
from state.dbos_setup import ENGINE_FILE

ROOT = Path(__file__).resolve().parents[2]
TIMES_EACH = 40
STARTS = 3
AT_REST_SECONDS = 15.0


@dataclass
class Figures:
    """Milliseconds of each statement, seconds from start to ready and of a job to the model's first request, and the percent
    of a core that an idle service takes: of each but the job the least, which other work on the machine disturbed least."""

    queries: dict[str, float] = field(default_factory=dict)
    ready: float = math.inf
    at_rest: float = math.inf
    first_request: float = math.nan


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.filled", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--deliveries", type=int, default=2_000_000)
    asked = parser.parse_args()
    (ROOT / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="filled-", dir=ROOT / "var") as folder:
        empty, filled = asyncio.run(figures(Path(folder), jobs=asked.jobs, deliveries=asked.deliveries))
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


async def figures(folder: Path, *, jobs: int, deliveries: int) -> tuple[Figures, Figures]:
    """Of an empty state and of one with so much in it, taken in turns."""
    both = (folder / "empty", Figures()), (folder / "filled", Figures())
    for state, _ in both:
        (state / "first").mkdir(parents=True)
        async with set_up_stage(state / "first", state=state / "state") as stage:  # it makes both databases
            assert stage.ready_seconds
    file = folder / "filled" / "state" / "harvest.db"
    engine = file.with_name(ENGINE_FILE)
    seconds = fill(file, jobs=jobs, deliveries=deliveries) + fill_engine(engine, jobs=jobs)
    print(f"filled in {seconds:.0f} s: {(file.stat().st_size + engine.stat().st_size) / 1e9:.1f} GB", flush=True)
    taken = await times([state / "state" / "harvest.db" for state, _ in both])
    for (_, found), queries in zip(both, taken, strict=True):
        found.queries = queries
    for start in range(STARTS):
        for state, found in both:
            (state / str(start)).mkdir()
            async with set_up_stage(state / str(start), state=state / "state") as stage:
                await look_at(stage, found)
                if start == STARTS - 1:  # a state has one first job
                    issue = (await stage.maintainer.get(f"/repos/{stage.repository}/issues", state="open"))[0]
                    found.first_request = (await by_label(stage, issue["title"], issue["body"])).first_request
    return both[0][1], both[1][1]


async def look_at(stage: Stage, found: Figures) -> None:
    """One start, and a while without work."""
    await asyncio.sleep(5)
    before = processor_seconds(stage.harvest_pid)
    await asyncio.sleep(AT_REST_SECONDS)
    at_rest = 100 * (processor_seconds(stage.harvest_pid) - before) / AT_REST_SECONDS
    found.ready = min(found.ready, stage.ready_seconds)
    found.at_rest = min(found.at_rest, at_rest)


async def times(files: Sequence[Path], *, each: int = TIMES_EACH) -> list[dict[str, float]]:
    """The quickest of some runs of each statement on each database, in turns, in milliseconds."""
    databases = [await Database.open(f"sqlite:///{file}") for file in files]
    states = [await set_up(database) for database in databases]
    taken: list[dict[str, float]] = [{} for _ in files]
    for name, query in QUERIES.items():
        for _ in range(each):
            for parts, quickest in zip(states, taken, strict=True):
                begun = time.perf_counter()
                await query(parts)
                quickest[name] = min(quickest.get(name, math.inf), 1_000 * (time.perf_counter() - begun))
    for parts, database in zip(states, databases, strict=True):
        await leave_nothing(parts)
        await database.close()
    return taken


async def leave_nothing(parts: Parts) -> None:
    """For the service that starts next."""
    for job in await parts.jobs.unfinished():
        await parts.jobs.end(job.id, "succeeded")
        await parts.queue.hold(job.id)
        await parts.queue.release(job.id)
    for delivery in await parts.inbox.claim(1_000):
        await parts.inbox.done(delivery.number, "measured")
    await parts.inbox.close()


if __name__ == "__main__":
    main()
