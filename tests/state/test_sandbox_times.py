"""A sandbox's time is written down once and ends once, and a job's time is that of all its sandboxes."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from state.database import Database
from state.jobs import Jobs
from state.sandbox_times import SandboxTime, SandboxTimes
from state.sessions import Sessions

HOUR = 3600.0


@pytest.fixture
async def times(database: Database) -> SandboxTimes:
    """The times in a database that has one job."""
    session = await Sessions(database).open_session(
        installation_id=1, repository_id=1, repository="a/b", thread=1, kind="issue"
    )
    await Jobs(database).add("job", session_id=session.id, installation_id=1, kind="issue", recipe="change/1", ask={})
    return SandboxTimes(database)


def sandbox(name: str, *, age: float = 100, limit: float = HOUR, backend: str = "modal") -> SandboxTime:
    begun = time.time() - age
    return SandboxTime(name, "job", backend, "job", cpu=2, memory_mib=512, started_at=begun, ends_by=begun + limit)


async def test_a_job_s_use_is_that_of_all_its_sandboxes(times: SandboxTimes) -> None:
    for each in (sandbox("one", age=100), sandbox("two", age=10)):
        await times.begin(each)
    await times.end("one")

    used = await times.of_job("job")

    assert used.sandboxes == 2
    assert (used.seconds, used.core_seconds, used.gib_seconds) == pytest.approx((110, 220, 55), abs=5)


async def test_what_was_written_down_first_stands(times: SandboxTimes) -> None:
    await times.begin(sandbox("one", age=100))
    await times.begin(sandbox("one", age=1))
    await times.end("one")
    (first,) = await times.without_cost("modal", ended_after=0, ended_before=time.time() + 1, limit=9)
    await times.end("one")
    (again,) = await times.without_cost("modal", ended_after=0, ended_before=time.time() + 1, limit=9)

    assert first == again
    assert first.seconds == pytest.approx(100, abs=5)


async def test_a_job_that_takes_one_that_stood_by_takes_its_time_from_then_on(times: SandboxTimes) -> None:
    await times.begin(replace(sandbox("one", age=1000), job_id=None, purpose="warm"))
    for _ in range(2):
        written = await times.begin(sandbox("one", age=1000, limit=2 * HOUR))
        assert written.ends_by == pytest.approx(time.time() - 1000 + HOUR, abs=5), "its own limit stays"
    assert (await times.of_job("job")).seconds == pytest.approx(0, abs=5)


async def test_one_that_is_found_gone_late_ended_at_its_own_limit(times: SandboxTimes) -> None:
    await times.begin(sandbox("one", age=24 * HOUR, limit=HOUR))
    assert (await times.of_job("job")).seconds == HOUR
    await times.end("one")
    assert (await times.of_job("job")).seconds == HOUR


async def test_one_that_nobody_wrote_down_ends_without_a_word(times: SandboxTimes) -> None:
    await times.end("unknown")
    assert await times.running("modal") == []


async def test_the_running_ones_are_those_of_the_backend_that_have_not_ended(times: SandboxTimes) -> None:
    for each in (sandbox("new", age=1), sandbox("old", age=9), sandbox("ended"), sandbox("elsewhere", backend="local")):
        await times.begin(each)
    await times.end("ended")
    assert [each.sandbox_id for each in await times.running("modal")] == ["old", "new"]


async def test_a_job_s_cost_is_known_once_all_of_it_is(times: SandboxTimes) -> None:
    for name in ("one", "two"):
        await times.begin(sandbox(name))
        await times.end(name)
    await times.set_cost("one", 30)
    assert (await times.of_job("job")).cost_microdollars is None
    await times.set_cost("two", 12)
    assert (await times.of_job("job")).cost_microdollars == 42


async def test_those_whose_cost_is_asked_for_ended_in_that_time_and_are_not_priced(times: SandboxTimes) -> None:
    for name in ("one", "priced", "running"):
        await times.begin(sandbox(name))
    for name in ("one", "priced"):
        await times.end(name)
    await times.set_cost("priced", 1)
    now = time.time()

    async def asked_for(after: float, before: float) -> list[str]:
        found = await times.without_cost("modal", ended_after=after, ended_before=before, limit=9)
        return [each.sandbox_id for each in found]

    assert await asked_for(now - HOUR, now + 1) == ["one"]
    assert await asked_for(now - HOUR, now - HOUR / 2) == []
    assert await asked_for(now + 2, now + HOUR) == []
