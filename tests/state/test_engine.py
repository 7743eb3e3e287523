"""The engine: order, caps, what is kept over a restart, and that no failure goes untold."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from state import database as database_module
from state import engine as engine_module
from state.engine import Engine, EngineNotRunning
from state.jobs import Jobs
from state.turns import Turns
from tests.waiting import until

Running = Callable[..., AbstractAsyncContextManager[Any]]


def set_attempts(state_folder: Path, attempts: int) -> None:
    """As if the process had been killed so often in the step that each job is in."""
    with closing(sqlite3.connect(state_folder / "harvest.db", isolation_level=None, timeout=30)) as harvest:
        assert harvest.execute("UPDATE job_queue SET attempts = ?", (attempts,)).rowcount == 1


@dataclass(frozen=True)
class Opened:
    sandbox_id: str
    ports: tuple[int, ...]


class SandboxLost(Exception):
    def __init__(self, sandbox_id: str, *, after: float) -> None:
        super().__init__(f"{sandbox_id} was lost after {after} s")
        self.sandbox_id = sandbox_id


async def test_jobs_of_a_session_run_one_at_a_time_in_the_order_they_were_submitted(running: Running) -> None:
    at_work: Counter[str] = Counter()
    order: list[str] = []

    async def job(engine: Engine, job_id: str) -> None:
        session, _ = job_id.split("-")
        at_work[session] += 1
        assert at_work[session] == 1
        order.append(job_id)
        await engine.step("work", asyncio.sleep, 0.01)
        at_work[session] -= 1

    submitted = [f"{session}-{number}" for number in range(4) for session in ("a", "b", "c")]
    async with running(job) as bench:
        for job_id in submitted:
            await bench.submit(job_id, session=ord(job_id[0]))
        await bench.ended(*submitted)
    for session in "abc":
        assert [job_id for job_id in order if job_id[0] == session] == [f"{session}-{number}" for number in range(4)]


async def test_a_job_that_waits_is_a_row_and_its_turn_comes_by_an_event(running: Running, state_folder: Path) -> None:
    begun: list[str] = []
    first, go = asyncio.Event(), asyncio.Event()

    async def job(engine: Engine, job_id: str) -> None:
        begun.append(job_id)
        first.set()
        await engine.step("work", go.wait)

    names = [f"j{number}" for number in range(6)]
    async with running(job, look_seconds=3600) as bench:
        for name in names:
            await bench.submit(name)
        await first.wait()
        with closing(sqlite3.connect(state_folder / "engine.db", isolation_level=None, timeout=30)) as engine:
            known = engine.execute("SELECT workflow_uuid FROM workflow_status WHERE workflow_uuid GLOB 'j*'").fetchall()
        assert known == [("j0",)], "nothing but the queue's rows knows of those that wait"
        assert (await bench.engine.states(["j0", "j1", "j9"])) == {"j0": "running", "j1": "queued"}
        go.set()
        await bench.ended(*names)
    assert begun == names


async def test_a_session_keeps_the_order_of_arrival_when_jobs_are_submitted_in_another(running: Running) -> None:
    order: list[str] = []
    go = asyncio.Event()

    async def job(engine: Engine, job_id: str) -> None:
        order.append(job_id)
        await engine.step("work", go.wait)

    names = ["echo", "alfa", "golf", "bravo", "foxtrot", "charlie", "delta"]
    async with running(job) as bench:
        await bench.submit("first")
        session = (await Jobs(bench.database).get("first")).session_id
        for name in names:
            await Jobs(bench.database).add(
                name, session_id=session, installation_id=1, kind="issue", recipe="change/1", ask={}
            )
        for name in reversed(names):
            await bench.engine.submit(name)
        go.set()
        await bench.ended("first", *names)
    assert order == ["first", *names]


async def test_a_job_that_was_added_and_not_submitted_runs_at_the_next_start(running: Running) -> None:
    runs: list[str] = []

    async def job(engine: Engine, job_id: str) -> None:
        runs.append(job_id)

    async with running(job) as bench:
        await bench.submit("first")
        await bench.ended("first")
        session = (await Jobs(bench.database).get("first")).session_id
        await Jobs(bench.database).add(
            "forgotten", session_id=session, installation_id=1, kind="issue", recipe="change/1", ask={}
        )
    async with running(job) as bench:
        await bench.ended("forgotten")
    assert runs == ["first", "forgotten"]


async def test_whoever_asked_is_told_that_a_job_is_over_once_its_sessions_next_one_may_begin(running: Running) -> None:
    over: asyncio.Queue[str] = asyncio.Queue()
    told: list[str] = []

    async def job(engine: Engine, job_id: str) -> None:
        if job_id == "fails":
            raise RuntimeError("what nobody handled")

    async def on_failure(job_id: str, error: Exception) -> None:
        told.append(job_id)

    async with running(job, on_failure=on_failure, on_over=over.put_nowait) as bench:
        for job_id in ("ends well", "fails"):
            await bench.submit(job_id)
            assert await asyncio.wait_for(over.get(), 30) == job_id
            assert await bench.engine.states([job_id]) == {job_id: "ended"}
    assert told == ["fails"]
    assert over.empty()


async def test_an_installation_and_all_together_stay_within_their_caps(running: Running) -> None:
    now: Counter[str] = Counter()
    most: Counter[str] = Counter()
    busy, full = asyncio.Event(), asyncio.Event()

    async def job(engine: Engine, job_id: str) -> None:
        installation = job_id[0]
        for key in (installation, "all"):
            now[key] += 1
            most[key] = max(most[key], now[key])
        if now["1"] == 2:
            busy.set()
        if now["all"] == 3:
            full.set()
        await engine.step("work", full.wait)
        for key in (installation, "all"):
            now[key] -= 1

    jobs = [f"{installation}-{number}" for installation in "12" for number in range(4)]
    async with running(job, installation_cap=2, total_cap=3) as bench:
        for job_id in jobs:
            if job_id == "2-0":
                await asyncio.wait_for(busy.wait(), 60)
            await bench.submit(job_id, session=int(job_id.replace("-", "")), installation=int(job_id[0]))
        await bench.ended(*jobs)
    assert (most["1"], most["all"]) == (2, 3)


async def test_a_job_submitted_again_runs_once(running: Running) -> None:
    runs: list[str] = []

    async def job(engine: Engine, job_id: str) -> None:
        runs.append(job_id)

    async with running(job) as bench:
        await asyncio.gather(*(bench.submit("once") for _ in range(5)))
        await bench.ended("once")
        await bench.submit("once")
    async with running(job) as bench:
        await bench.submit("once")
        await bench.submit("after")
        await bench.ended("once", "after")
    assert runs == ["once", "after"]


async def test_a_stopped_job_goes_on_after_its_last_finished_step_with_the_same_results(running: Running) -> None:
    opens = losses = 0
    arrived = asyncio.Event()
    seen: list[tuple[Opened, str]] = []

    async def open_sandbox(name: str) -> Opened:
        nonlocal opens
        opens += 1
        return Opened(name, (1, 2))

    async def lose(name: str) -> None:
        nonlocal losses
        losses += 1
        raise SandboxLost(name, after=1.5)

    async def wait_for_ever() -> None:
        arrived.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ConnectionError("the channel was closed") from None  # what a client library may make of it

    async def nothing_more() -> None:
        return

    async def job(engine: Engine, job_id: str) -> None:
        opened = await engine.step("open", open_sandbox, job_id)
        try:
            await engine.step("lose", lose, opened.sandbox_id)
        except SandboxLost as lost:
            seen.append((opened, lost.sandbox_id))
        await engine.step("wait", nothing_more if arrived.is_set() else wait_for_ever)

    async with running(job) as bench:
        await bench.submit("j")
        await arrived.wait()
        assert await bench.engine.states(["j"]) == {"j": "running"}
    async with running(job) as bench:
        await bench.ended("j")
    assert (opens, losses) == (1, 1)
    assert seen == [(Opened("j", (1, 2)), "j")] * 2


async def test_a_job_in_flight_goes_on_in_an_upgraded_harvest_that_has_one_more_step(running: Running) -> None:
    did: list[str] = []
    arrived = asyncio.Event()

    def does(what: str) -> Callable[[], Awaitable[None]]:
        async def work() -> None:
            if what == "run" and not arrived.is_set():
                arrived.set()
                await asyncio.Event().wait()
            did.append(what)

        return work

    async def before(engine: Engine, job_id: str) -> None:
        for step in ("open", "run"):
            await engine.step(step, does(step))

    async def after(engine: Engine, job_id: str) -> None:
        for step in ("open", "run", "publish"):
            await engine.step(step, does(step))

    async with running(before) as bench:
        await bench.submit("j")
        await arrived.wait()
    async with running(after) as bench:
        await bench.ended("j")
    assert did == ["open", "run", "publish"]


async def test_what_a_job_should_not_have_raised_is_told_until_somebody_has_heard(running: Running) -> None:
    told: list[tuple[str, str]] = []

    async def lose() -> None:
        raise SandboxLost("box", after=2)

    async def job(engine: Engine, job_id: str) -> None:
        if job_id == "bad":
            await engine.step("lose", lose)

    async def hard_of_hearing(job_id: str, error: Exception) -> None:
        told.append((job_id, f"{type(error).__name__}: {error}"))
        if len(told) < 2:
            raise ConnectionError("GitHub is away")

    async with running(job, on_failure=hard_of_hearing) as bench:
        await bench.submit("bad")
        await bench.submit("good")
        await bench.ended("bad", "good")
    assert told == [("bad", "SandboxLost: box was lost after 2 s")] * 2


async def test_a_job_whose_step_a_full_disk_could_not_take_waits_and_goes_on(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    did: list[str] = []
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def fill_the_disk() -> None:
        did.append("filled it")
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))  # no file of this process can grow

    async def publish() -> None:
        did.append("published")

    async def job(engine: Engine, job_id: str) -> None:
        await engine.step("fill", fill_the_disk)
        await engine.step("publish", publish)

    def refused() -> bool:
        return any("Database connection failed" in record.getMessage() for record in caplog.records)

    async with running(job) as bench:
        await bench.submit("j")
        try:
            await until(refused, "the database to be refused")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        await bench.ended("j")
    assert did == ["filled it", "published"]


@pytest.mark.campaign
async def test_a_step_that_the_database_kept_from_ending_is_run_again(
    running: Running, state_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    monkeypatch.setattr(engine_module, "FIRST_PAUSE_SECONDS", 0.05)
    tries: list[str] = []

    async def job(engine: Engine, job_id: str) -> None:
        async def write() -> None:
            tries.append(job_id)
            arrived.set()
            await locked.wait()
            await Jobs(bench.database).update(job_id, head_sha="abc")

        await engine.step("write", write)

    arrived, locked = asyncio.Event(), asyncio.Event()
    async with running(job) as bench:
        await bench.submit("j")
        await arrived.wait()
        with closing(sqlite3.connect(state_folder / "harvest.db", isolation_level=None, timeout=30)) as backup:
            backup.execute("BEGIN IMMEDIATE")
            locked.set()
            await until(lambda: "is tried again" in caplog.text, "the step to be tried again")
        await bench.ended("j")
        assert tries == ["j", "j"]
        assert (await Jobs(bench.database).get("j")).head_sha == "abc"


def drop_second_job(state_folder: Path) -> None:
    """Leave the job as DBOS leaves one whose end it could not store: held by this process, and carried out by nobody."""
    with closing(sqlite3.connect(state_folder / "engine.db", isolation_level=None, timeout=30)) as engine:
        for table in ("workflow_status", "workflow_input"):
            engine.executescript(
                f"CREATE TEMP TABLE copied AS SELECT * FROM {table} WHERE workflow_uuid = 'first';"  # noqa: S608
                "UPDATE copied SET workflow_uuid = 'second', inputs = replace(inputs, 'first', 'second');"
                f"INSERT INTO {table} SELECT * FROM copied; DROP TABLE copied"
            )
    with closing(sqlite3.connect(state_folder / "harvest.db", isolation_level=None, timeout=30)) as harvest:
        harvest.execute("UPDATE job_queue SET holder = 'harvest' WHERE job_id = 'second'")


async def test_a_job_that_nobody_carries_out_any_more_is_taken_up_again(running: Running, state_folder: Path) -> None:
    did: list[str] = []
    go = asyncio.Event()

    async def job(engine: Engine, job_id: str) -> None:
        await go.wait()
        await engine.step("work", asyncio.sleep, 0)
        did.append(job_id)

    async with running(job, look_seconds=0.1) as bench:
        await bench.submit("first")
        await bench.submit("second")

        async def runs() -> bool:
            return bool((await bench.engine.states(["first"])) == {"first": "running"})

        await until(runs, "the first job to run")
        await asyncio.to_thread(drop_second_job, state_folder)  # not on the loop: it may wait for what the loop has locked
        go.set()
        await bench.ended("first", "second")
    assert did == ["first", "second"]


async def test_a_job_that_ends_its_process_time_and_again_in_one_step_is_given_up_and_told(
    running: Running, state_folder: Path
) -> None:
    lives: list[asyncio.Event] = []
    told: list[str] = []

    async def job(engine: Engine, job_id: str) -> None:
        await engine.step("open", asyncio.sleep, 0)
        await engine.step("publish", die)

    async def die() -> None:
        lives[-1].set()
        await asyncio.Event().wait()

    async def on_failure(job_id: str, error: Exception) -> None:
        told.append(f"{job_id}: {error}")

    for life in range(3):
        lives.append(asyncio.Event())
        async with running(job, on_failure=on_failure) as bench:
            if life == 0:
                await bench.submit("deadly")
            if life < 2:
                await lives[life].wait()
            else:
                await bench.ended("deadly")
        if life == 1:
            set_attempts(state_folder, engine_module.STEP_ATTEMPTS)
    assert told == [f"deadly: Harvest ended {engine_module.STEP_ATTEMPTS} times in the step 'publish' of this job"]


async def test_restarts_that_were_asked_for_and_steps_that_end_put_nothing_down_to_a_job(
    running: Running, state_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "STEP_ATTEMPTS", 1)
    life, arrived = 0, asyncio.Event()
    did: list[str] = []

    async def job(engine: Engine, job_id: str) -> None:
        await engine.step("open", wait_until_life, 1)
        await engine.step("run", wait_until_life, 2)

    async def wait_until_life(enough: int) -> None:
        if life < enough:
            arrived.set()
            await asyncio.Event().wait()
        did.append(f"step of life {enough}")

    for life in range(3):
        arrived.clear()
        async with running(job) as bench:
            if life == 0:
                await bench.submit("innocent")
            if life < 2:
                await arrived.wait()
            else:
                await bench.ended("innocent")
    assert did == ["step of life 1", "step of life 2"]


async def test_a_step_says_what_is_wrong_with_how_it_is_used(running: Running) -> None:
    complaints: list[str] = []

    async def job(engine: Engine, job_id: str) -> None:
        async def nested() -> None:
            await engine.step("inner", asyncio.sleep, 0)

        async def unnamed():  # type: ignore[no-untyped-def]  # what the engine refuses
            return Opened("s", ())

        async def unkept() -> object:
            return object()

        for function in (nested, unnamed, unkept):
            try:
                await engine.step("odd", function)
            except (RuntimeError, TypeError) as error:
                complaints.append(str(error))

    async with running(job) as bench:
        await bench.submit("j")
        await bench.ended("j")
        with pytest.raises(RuntimeError, match="outside a job"):
            await bench.engine.step("alone", asyncio.sleep, 0)
    assert len(complaints) == 3
    assert "inside another step" in complaints[0]
    assert "annotate what it returns" in complaints[1]
    assert "object" in complaints[2]


async def test_old_jobs_can_be_forgotten(running: Running) -> None:
    async def job(engine: Engine, job_id: str) -> None:
        await engine.step("work", asyncio.sleep, 0)

    async with running(job) as bench:
        await bench.submit("j")
        await bench.ended("j")
        assert await bench.engine.forget(older_than_days=1) == 0

        async def forgotten() -> bool:
            return bool(await bench.engine.forget(older_than_days=-1))

        await until(forgotten, "its end, which is written down a moment after its turn is over")
        assert await bench.engine.forget(older_than_days=-1) == 0
        assert await bench.engine.states(["j", "unknown"]) == {"j": "ended"}, "it is not begun again"


async def test_a_stopped_engine_takes_no_jobs_and_leaves_the_loop_its_threads(running: Running) -> None:
    async def job(engine: Engine, job_id: str) -> None:
        return

    async with running(job) as bench:
        assert bench.engine.running
        assert not bench.engine.stopping
    assert not bench.engine.running
    assert bench.engine.stopping
    with pytest.raises(EngineNotRunning):
        await bench.engine.submit("j")
    assert await asyncio.to_thread(str, 7) == "7"


def test_importing_the_engine_does_not_import_dbos() -> None:
    code = "import sys, state.engine; sys.exit('dbos' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_one_that_is_stopped_as_soon_as_it_has_started_leaves_nothing_running(running: Running) -> None:
    async with running(nothing_to_do):
        pass  # what gives the turns has not come to run yet
    assert engine_tasks() == []


async def test_it_stops_also_when_a_call_makes_an_error_of_its_cancellation(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = asyncio.Event()

    async def away(_turns: Turns) -> bool:
        reached.set()
        try:
            return await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise RuntimeError("the connection is closed") from None

    monkeypatch.setattr(Turns, "_may_take_turns", away)
    async with running(nothing_to_do):
        await reached.wait()
    assert engine_tasks() == []


async def test_asked_for_no_jobs_it_names_none(running: Running) -> None:
    async with running(nothing_to_do) as bench:
        await bench.submit("one")
        await bench.ended("one")
        assert await bench.engine.states([]) == {}, "to DBOS an empty list means all"


async def nothing_to_do(_engine: Engine, _job_id: str) -> None:
    """A job without work."""


def engine_tasks() -> list[str]:
    """The engine's tasks that go on."""
    return [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("engine ")]
