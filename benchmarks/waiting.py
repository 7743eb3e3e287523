"""What `harvest serve` costs while nothing happens and while jobs wait, and how soon a job's turn comes: run by itself with
`python -m benchmarks.waiting [FOLDER]`.

FOLDER is another checkout to measure beside this one, in turns. Absolute figures drift with the machine: compare the two.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
REST_SECONDS = 20.0
STARTS = 15
WAITING = 200


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waiting", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="another checkout to measure as well")
    other: Path | None = parser.parse_args().folder
    for _ in range(2):
        for root in filter(None, (other, HERE)):
            with tempfile.TemporaryDirectory(prefix="waiting-") as folder:
                print(f"{root}: {measure(root, Path(folder))}", flush=True)


def measure(root: Path, folder: Path) -> dict[str, float]:
    """The figures of the code in `root`, from an engine of its own in a process of its own."""
    code = "import sys; from benchmarks.waiting import engine_figures; engine_figures(sys.argv[1])"
    # This file's, with the code of the other checkout.
    run = [sys.executable, "-c", code.replace("from benchmarks.waiting", "sys.path.append(sys.argv[2]); from waiting"),
           str(folder), str(Path(__file__).parent)]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(run, cwd=root, env=env, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def engine_figures(folder: str) -> None:
    """Print how soon jobs start in this process's code, and what the process costs at rest and with jobs that wait."""
    print(json.dumps(asyncio.run(figures(folder))))


async def figures(folder: str) -> dict[str, float]:
    from state.database import Database
    from state.engine import Engine
    from state.jobs import Jobs
    from state.sessions import Sessions

    database = await Database.open(f"sqlite:///{folder}/harvest.db")
    engine = Engine(database, installation_cap=1, total_cap=1000)  # so that jobs of many sessions wait for one
    begun: dict[str, float] = {}
    go = asyncio.Event()

    async def job(job_id: str) -> None:
        async def first_step() -> None:
            begun[job_id] = time.monotonic()

        await engine.step("first", first_step)
        if job_id.startswith("wait"):
            await engine.step("hold", go.wait)

    async def failed(job_id: str, error: Exception) -> None:
        raise AssertionError(job_id) from error

    async def submit(job_id: str, thread: int, *, installation: int) -> float:
        where = await Sessions(database).open_session(
            installation_id=installation, repository_id=1, repository="a/b", thread=thread, kind="issue"
        )
        await Jobs(database).add(
            job_id, session_id=where.id, installation_id=installation, kind="issue", recipe="change/1", ask={}
        )
        at = time.monotonic()
        await engine.submit(job_id)
        return at

    async def has_begun(job_id: str) -> None:
        while job_id not in begun:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.001)

    engine.register(job, on_failure=failed)
    await engine.start()
    await asyncio.sleep(3)
    starts = []
    for number in range(STARTS):
        at = await submit(f"j{number}", number + 1, installation=number + 2)
        await has_begun(f"j{number}")
        starts.append(begun[f"j{number}"] - at)
    rest = await share_of_a_core()
    await submit("wait-0", 1000, installation=1)
    await has_begun("wait-0")
    running = await share_of_a_core()
    for number in range(1, WAITING + 1):
        await submit(f"wait-{number}", 1000 + number, installation=1)
    waiting = await share_of_a_core()
    go.set()
    await engine.stop()
    await database.close()
    return {
        "start ms (median)": round(1000 * statistics.median(starts), 1),
        "start ms (slowest)": round(1000 * max(starts), 1),
        "at rest %": round(rest, 2),
        "one runs %": round(running, 2),
        f"and {WAITING} wait %": round(waiting, 2),
    }


async def share_of_a_core() -> float:
    """Percent of a core that this process takes for some seconds."""
    await asyncio.sleep(1)
    before, begun = time.process_time(), time.monotonic()
    await asyncio.sleep(REST_SECONDS)
    return 100 * (time.process_time() - before) / (time.monotonic() - begun)


if __name__ == "__main__":
    main()
