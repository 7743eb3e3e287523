"""Standbys end when nobody came to want them or their session is over, and what waits there is no leftover."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from github_app.images import standbys
from github_app.images.standbys import end_old_standbys, make_room
from github_app.jobs.services import Services
from github_app.maintenance import leftovers
from sandbox.protocol import SandboxSpec
from state.repository_images import ImageRepository
from state.standbys import Standby
from tests.images.conftest import had_a_job

REPOSITORY = ImageRepository(2, 5, "acme/timespan")
TAGS = {"service": "harvest", "standby": "a session"}


async def standing_by(services: Services, *, thread: int = 1, age: float = 0.0, snapshot: str = "snap-1") -> Standby:
    """A session that goes on from that snapshot, and its standby, which was made so many seconds ago."""
    await had_a_job(services, REPOSITORY, f"job-{thread}", thread=thread)
    session_id = (await services.jobs.get(f"job-{thread}")).session_id
    await services.sessions.update(session_id, snapshot_id=snapshot)
    sandbox = await services.backend.create(SandboxSpec(name=f"standby-{thread}", session=session_id, tags=TAGS))
    standby = Standby(session_id, sandbox.id, "snap-1", "run-1", "digest", "sha", time.time() - age)
    assert await services.standbys.add(standby)
    return standby


async def living(services: Services) -> list[str]:
    return [summary.id for summary in await services.backend.list({})]


async def test_one_that_may_be_wanted_stays(local_services: Services) -> None:
    standby = await standing_by(local_services)
    assert await end_old_standbys(local_services) == 0
    assert await living(local_services) == [standby.sandbox_id]
    assert not await local_services.standbys.add(standby), "a session has one"


@pytest.mark.parametrize("why", ["old", "another snapshot", "closed"])
async def test_one_that_nobody_wants_is_ended(local_services: Services, why: str) -> None:
    age = standbys.STANDBY_SECONDS + 1 if why == "old" else 0.0
    standby = await standing_by(local_services, age=age, snapshot="snap-2" if why == "another snapshot" else "snap-1")
    if why == "closed":
        await local_services.sessions.note_closed(standby.session_id, time.time())

    assert await end_old_standbys(local_services) == 1

    assert await local_services.standbys.all() == []
    assert await living(local_services) == []
    assert not await local_services.standbys.take(standby.sandbox_id)


async def test_the_oldest_make_room_for_a_new_one(local_services: Services) -> None:
    services = replace(local_services, settings=local_services.settings.model_copy(update={"standbys": 2}))
    oldest, own, last = [await standing_by(services, thread=thread, age=60.0 - thread) for thread in (1, 2, 3)]

    await make_room(services, own.session_id)
    assert [one.sandbox_id for one in await services.standbys.all()] == [last.sandbox_id], "and what the session has itself"
    assert await living(services) == [last.sandbox_id]
    await make_room(services, oldest.session_id)
    assert await living(services) == [last.sandbox_id]


async def test_the_look_for_leftovers_spares_it_and_ends_one_that_is_nobodys(
    local_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "NEW_SANDBOX_SECONDS", -1)
    standby = await standing_by(local_services)
    assert await leftovers.end_leftover_sandboxes(local_services) == 0

    await local_services.standbys.take(standby.sandbox_id)
    assert await leftovers.end_leftover_sandboxes(local_services) == 1
    assert await living(local_services) == []
