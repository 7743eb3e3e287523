"""Standbys end when nobody came to want them or their session is over, and what waits there is no leftover. A job takes its
session's, if that is as good as a new one."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from github_app.images import standbys
from github_app.images.standbys import StandbyKeeper, end_old_standbys, is_wanted_after, make_room, make_standby
from github_app.jobs.agent.start import must_have_its_servers
from github_app.jobs.agent.task import AgentRun
from github_app.jobs.agent.waiting import begun_as, run_that_waits
from github_app.jobs.context import JobContext
from github_app.jobs.results import AgentRan, WaitingAgent
from github_app.jobs.services import Services
from github_app.jobs.standby_claim import STANDBY_SECONDS, take_standby
from github_app.jobs.steps.open_sandbox import job_spec, open_from
from github_app.maintenance import leftovers
from github_app.service.backends import open_backend
from github_app.settings.operator import Settings, SettingsError
from sandbox.local import record
from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import NoRoom, Sandbox, SandboxError, SandboxGone, SandboxSpec
from sandbox.run import RunExit
from sandbox.secret import Secret
from sandbox.supervisor.run_folder import WAITS_TO_BE_TOLD
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


async def yes(*_: object) -> bool:
    return True


async def living(services: Services) -> list[str]:
    return [summary.id for summary in await services.backend.list({})]


async def test_one_that_may_be_wanted_stays(local_services: Services) -> None:
    standby = await standing_by(local_services)
    assert await end_old_standbys(local_services) == 0
    assert await living(local_services) == [standby.sandbox_id]
    assert not await local_services.standbys.add(standby), "a session has one"


@pytest.mark.parametrize("why", ["old", "another snapshot", "closed"])
async def test_one_that_nobody_wants_is_ended(local_services: Services, why: str) -> None:
    age = STANDBY_SECONDS + 1 if why == "old" else 0.0
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


async def test_one_that_would_not_end_keeps_neither_the_service_nor_the_others(
    local_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = replace(local_services, settings=local_services.settings.model_copy(update={"sandbox": "local"}))
    stuck, _ = [await standing_by(services, thread=thread, age=60.0 - thread) for thread in (1, 2)]
    terminate = LocalSandbox.terminate

    async def hang(sandbox: LocalSandbox) -> None:
        if sandbox.id == stuck.sandbox_id:
            raise SandboxError("processes 7 did not end within 10 s of SIGKILL: end them by hand")
        await terminate(sandbox)

    monkeypatch.setattr(LocalSandbox, "terminate", hang)
    await StandbyKeeper(services).begin()
    assert await services.standbys.all() == []
    assert await living(services) == [stuck.sandbox_id], "the look for leftovers goes on with it"


@dataclass(frozen=True)
class Followed:
    """A session's next job, about to open its sandbox as `spec` says, and the standby that waits for it."""

    context: JobContext
    spec: SandboxSpec
    standby: Standby


async def followed(services: Services) -> Followed:
    """The standby was begun as the job would begin."""
    await had_a_job(services, REPOSITORY)
    session_id = (await services.jobs.get("job-1")).session_id
    await services.sessions.update(session_id, snapshot_id="snap-1")
    context = await JobContext.load(services, "job-1")
    spec = replace(job_spec(context), snapshot_id="snap-1")
    sandbox = await services.backend.create(SandboxSpec(name="standby-1", session=session_id, tags=TAGS))
    started = f"{sandbox.paths.control}/runs/run-1/started.json"
    await sandbox.write_file(started, json.dumps({WAITS_TO_BE_TOLD: True}).encode())
    waits, _ = await run_that_waits(context, sandbox, Secret(""))
    standby = Standby(session_id, sandbox.id, "snap-1", "run-1", begun_as(context, spec, waits), "sha", time.time())
    assert await services.standbys.add(standby)
    return Followed(context, spec, standby)


async def test_a_job_gets_its_standby_while_somebody_looks_for_leftovers(
    local_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "NEW_SANDBOX_SECONDS", -1)
    job, hand_over = await followed(local_services), local_services.backend.hand_over

    async def hand_over_while_somebody_looks(sandbox_id: str, tags: Mapping[str, str]) -> Sandbox:
        await leftovers.end_leftover_sandboxes(local_services)
        return await hand_over(sandbox_id, tags)

    monkeypatch.setattr(local_services.backend, "hand_over", hand_over_while_somebody_looks)
    taken = await take_standby(job.context, job.spec)

    assert taken is not None
    assert (taken[0].id, taken[1]) == (job.standby.sandbox_id, WaitingAgent("run-1", "sha"))
    assert await local_services.standbys.all() == []
    assert await leftovers.end_leftover_sandboxes(local_services) == 0, "it is a job's now"
    assert [summary.id for summary in await local_services.backend.list({"job": "job-1"})] == [job.standby.sandbox_id]


CHANGES = {
    "a new image": "would be others by now",
    "another name of the repository": "would be others by now",
    "the model is reached directly": "agents have the model's key",
    "its agent was told what to do": "its agent does not wait",
    "its agent has spoken": "unasked",
    "its agent has ended": "its agent has ended",
    "it is old": "too long",
    "its sandbox has ended": "its sandbox has ended",
}


@pytest.mark.parametrize(("change", "why"), CHANGES.items())
async def test_one_that_is_not_as_good_as_a_new_one_is_ended_and_the_log_says_why(
    local_services: Services, monkeypatch: pytest.MonkeyPatch, change: str, why: str
) -> None:
    job = await followed(local_services)
    context, spec = job.context, job.spec
    sandbox = await local_services.backend.attach(job.standby.sandbox_id)
    match change:
        case "a new image":
            spec = replace(spec, image_id="image-2")
        case "another name of the repository":
            context = replace(context, session=replace(context.session, repository="tidewater-labs/renamed"))
        case "the model is reached directly":
            settings = local_services.settings.model_copy(update={"model_access": "direct"})
            context = replace(context, services=replace(local_services, settings=settings))
        case "it is old":
            late = time.time() + STANDBY_SECONDS + 1
            monkeypatch.setattr(time, "time", lambda: late)
        case "its agent was told what to do":
            await sandbox.write_file(f"{sandbox.paths.control}/runs/run-1/told.json", b"{}")
        case "its agent has spoken":
            await sandbox.write_file(f"{sandbox.paths.control}/runs/run-1/events.jsonl", b"{}")
        case "its sandbox has ended":
            await sandbox.terminate()
        case _:
            nobody = RunExit("stopped", "nobody wanted it for 900 s", 0, None, 1.0, 2.0, 0, 0, 0, ())
            await sandbox.write_file(f"{sandbox.paths.control}/runs/run-1/exit.json", msgspec.json.encode(nobody))

    with capture_logs() as logged:
        assert await take_standby(context, spec) is None
    assert [why in line["why"] for line in logged if line["event"] == "a standby is of no use"] == [True]
    assert await local_services.standbys.all() == []
    assert await living(local_services) == []


@pytest.mark.parametrize("said", ["is not a regular file", "is larger"])
async def test_where_an_agent_that_waited_can_not_be_heard_the_job_goes_on_in_another_sandbox(
    local_services: Services, said: str
) -> None:
    job = await followed(local_services)
    taken = await take_standby(job.context, job.spec)
    assert taken is not None
    sandbox, waiting = taken
    events = f"{sandbox.paths.control}/runs/{waiting.run_id}/events.jsonl"
    if said == "is larger":  # to go through some MB of it would take seconds, again and again
        await sandbox.write_file(events, b"{}\n" * 1024**2)
    else:
        await sandbox.run(["mkfifo", events])

    agent = AgentRun(waiting.run_id, "sonnet", resume=True, waited_for_the_job=True)
    with pytest.raises(SandboxGone, match=said):
        await must_have_its_servers(sandbox, agent)


async def test_one_that_a_full_disk_keeps_from_being_handed_over_is_left_for_another_sandbox(
    local_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    job = await followed(local_services)
    monkeypatch.setattr(record, "write", full)
    assert await take_standby(job.context, job.spec) is None


@pytest.mark.parametrize("why", ["a second try", "no snapshot"])
async def test_a_job_that_may_have_a_sandbox_or_begins_anew_leaves_it_alone(local_services: Services, why: str) -> None:
    job = await followed(local_services)
    context, spec = job.context, job.spec
    if why == "a second try":
        context = replace(context, first_try=False)
    else:
        spec = replace(spec, snapshot_id=None)
    assert await take_standby(context, spec) is None
    assert await local_services.standbys.all() == [job.standby]


async def test_where_no_more_sandboxes_may_live_a_job_has_the_place_of_the_one_that_has_waited_longest(
    local_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, create = local_services, local_services.backend.create
    _, younger = [await standing_by(services, thread=thread, age=60.0 - thread) for thread in (1, 2)]
    await had_a_job(services, REPOSITORY, "job-3", thread=3)

    async def create_while_there_is_room(spec: SandboxSpec) -> Sandbox:
        if len(await living(services)) > 1:
            raise NoRoom("Modal's quota is used up")
        return await create(spec)

    monkeypatch.setattr(services.backend, "create", create_while_there_is_room)
    context = await JobContext.load(services, "job-3")
    with pytest.raises(NoRoom):
        await open_from(context, job_spec(context))
    assert await services.standbys.all() == [younger]
    sandbox, waiting, _ = await open_from(context, job_spec(context))
    assert (sorted(await living(services)), waiting) == (sorted([younger.sandbox_id, sandbox.id]), None)


RAN = AgentRan(
    said="", title="", summary="", model="sonnet", commands=(), egress="open", blocked_hosts=(), cost_usd=0, seconds=1, turns=1
)


async def is_wanted(services: Services, *, ran: bool = True, **session: Any) -> bool:
    """After the session's first job, whose agent has run, and with these columns of the session's."""
    await had_a_job(services, REPOSITORY)
    if ran:
        await services.job_steps.finish("job-1", "run_agent", result=msgspec.to_builtins(RAN))
    await services.sessions.update((await services.jobs.get("job-1")).session_id, **{"snapshot_id": "snap-1", **session})
    return await is_wanted_after(await JobContext.load(services, "job-1"))


async def test_there_is_to_be_one_after_a_job_from_which_the_session_can_go_on(local_services: Services) -> None:
    assert await is_wanted(local_services)
    last = await JobContext.load(local_services, "job-1")
    await local_services.sessions.update(last.session.id, snapshot_id="snap-2")
    assert not await is_wanted_after(last), "it goes on from elsewhere by now"
    await had_a_job(local_services, REPOSITORY, "job-2")
    assert not await is_wanted_after(await JobContext.load(local_services, "job-1")), "the next job is there"


async def test_none_is_made_while_other_sessions_jobs_wait_for_their_turns(
    local_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, made = local_services, list[str]()

    async def begin_to_wait(*_: object) -> None:
        return None

    async def is_made() -> bool:
        made.clear()
        await make_standby(services, "job-1", made.append)
        return made != []

    monkeypatch.setattr(standbys, "is_wanted_after", yes)
    monkeypatch.setattr(standbys, "begin_to_wait", begin_to_wait)
    await had_a_job(services, REPOSITORY, "job-1", thread=1)
    assert await is_made(), "it may just begin"
    monkeypatch.setattr(standbys, "QUIET_SECONDS", -1.0)
    assert not await is_made()
    await services.jobs.start("job-1")
    await had_a_job(services, REPOSITORY, "job-2", thread=1)
    assert await is_made(), "that one waits for the one before it in its session"
    await had_a_job(services, REPOSITORY, "job-3", thread=3)
    assert not await is_made()


@pytest.mark.parametrize("why", ["no agent", "no snapshot", "closed", "direct"])
async def test_there_is_to_be_none_after_another_one(local_services: Services, why: str) -> None:
    services = local_services
    match why:
        case "no agent":
            assert not await is_wanted(services, ran=False)
        case "no snapshot":
            assert not await is_wanted(services, snapshot_id=None)
        case "closed":
            assert await is_wanted(services)
            await services.sessions.note_closed((await services.jobs.get("job-1")).session_id, time.time())
            assert not await is_wanted_after(await JobContext.load(services, "job-1"))
        case _:
            settings = services.settings.model_copy(update={"model_access": "direct"})
            assert not await is_wanted(replace(services, settings=settings))


async def test_of_jobs_that_end_together_the_last_ones_have_theirs_and_the_very_last_first(
    local_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = replace(local_services, settings=local_services.settings.model_copy(update={"standbys": 2}))
    made: asyncio.Queue[str] = asyncio.Queue()

    async def make(services: Services, job_id: str, note: object) -> None:
        made.put_nowait(job_id)

    monkeypatch.setattr(standbys, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(standbys, "make_standby", make)
    keeper = StandbyKeeper(services)
    for number in range(1, 5):
        keeper.wake(f"job-{number}")
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        running = group.create_task(keeper.run())
        assert [await made.get() for _ in range(2)] == ["job-4", "job-3"]
        keeper.wake("job-5")
        assert await made.get() == "job-5"
        running.cancel()


async def test_the_service_leaves_none_that_it_has_just_written_down(
    local_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = replace(local_services, settings=local_services.settings.model_copy(update={"standbys": 1}))
    await had_a_job(services, REPOSITORY)
    await services.jobs.start("job-1")
    session_id, add, written = (await services.jobs.get("job-1")).session_id, services.standbys.add, asyncio.Event()

    async def begin_to_wait(context: JobContext, spec: SandboxSpec, sandbox: Sandbox) -> Standby:
        return Standby(session_id, sandbox.id, "snap-1", "run-1", "digest", "sha", time.time())

    async def add_and_hear_nothing(standby: Standby) -> None:
        assert await add(standby)
        written.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(standbys, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(standbys, "is_wanted_after", yes)
    monkeypatch.setattr(standbys, "begin_to_wait", begin_to_wait)
    monkeypatch.setattr(services.standbys, "add", add_and_hear_nothing)
    keeper = StandbyKeeper(services)
    keeper.wake("job-1")
    running = asyncio.create_task(keeper.run())
    await asyncio.wait_for(written.wait(), 30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await services.standbys.all() == []
    assert await living(services) == []


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({"HARVEST_SANDBOX": "local"}, 1),
        ({"HARVEST_SANDBOX": "modal"}, 0),
        ({"HARVEST_SANDBOX": "local", "HARVEST_STANDBYS": "0"}, 0),
        ({"HARVEST_SANDBOX": "modal", "HARVEST_STANDBYS": "3"}, 3),
    ],
)
def test_how_many_sessions_have_one_unless_somebody_says_so(settings: dict[str, str], kept: int) -> None:
    assert Settings.model_validate(settings).standbys_kept == kept


def test_where_a_job_would_have_no_time_left_the_setting_is_refused() -> None:
    settings = {"HARVEST_SANDBOX": "modal", "HARVEST_JOB_MINUTES": "1380", "HARVEST_STANDBYS": "1"}
    with pytest.raises(SettingsError, match=r"Modal ends a sandbox after 24 hours.* HARVEST_STANDBYS"):
        open_backend(Settings.model_validate(settings))
