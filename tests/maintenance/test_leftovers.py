"""What jobs left behind: sandboxes that nobody needs, costs that nobody knows yet, check runs that say a job still runs."""

from __future__ import annotations

import time
from dataclasses import replace

import msgspec
import pytest
import sqlalchemy as sa

from emulators.modal.billing import MADE_UP_DOLLARS_PER_CORE_SECOND, MADE_UP_DOLLARS_PER_GIB_SECOND
from github_app.domain.ask import PullHead
from github_app.images.build import sandbox_spec
from github_app.jobs.services import Services
from github_app.maintenance import leftovers, orphaned_check_runs, sandbox_costs
from github_app.replies import endings
from sandbox.protocol import ANYTHING, Sandbox, SandboxBackend, SandboxGone, SandboxSpec
from state import repository_images
from state.posts import Post
from state.repository_images import ImageRepository
from state.sandbox_times import SandboxTime
from tests.asks import an_ask
from tests.github_service import GitHubService
from tests.sandbox.modal_backend import Connected, connected, fresh_backend

__all__ = ["connected"]  # a fixture


HOUR = 3600.0


async def test_the_sandbox_of_a_build_is_ended_when_its_builder_says_nothing_any_more(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "NEW_SANDBOX_SECONDS", -1)
    repository = ImageRepository(7, 1, "acme/timespan")
    assert await services.images.begin(repository, "c" * 40, "me")
    sandbox = await services.backend.create(sandbox_spec(repository, "me", ANYTHING))
    assert await leftovers.end_leftover_sandboxes(services) == 0
    monkeypatch.setattr(repository_images, "HOLD_SECONDS", -1)
    await services.images.hold("me")
    assert await leftovers.end_leftover_sandboxes(services) == 1
    with pytest.raises(SandboxGone):
        await services.backend.attach(sandbox.id)


async def test_a_sandbox_that_no_job_needs_is_ended(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "NEW_SANDBOX_SECONDS", -1)
    sandbox = await services.backend.create(
        SandboxSpec(name="harvest-gone", session="gone", tags={"service": "harvest", "job": "gone"})
    )
    await services.sandbox_times.begin(time_of(sandbox, services.backend))
    assert await leftovers.end_leftover_sandboxes(services) == 1
    with pytest.raises(SandboxGone):
        await services.backend.attach(sandbox.id)
    assert await services.sandbox_times.running("local") == []


async def test_a_sandbox_that_vanished_runs_up_no_more_time(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "NEW_SANDBOX_SECONDS", -1)
    sandbox = await services.backend.create(SandboxSpec(name="harvest-gone", session="gone", tags={"service": "harvest"}))
    await services.sandbox_times.begin(time_of(sandbox, services.backend))
    await sandbox.terminate()
    await leftovers.end_leftover_sandboxes(services)
    assert await services.sandbox_times.running("local") == []


@pytest.mark.further
async def test_a_sandbox_that_was_just_made_may_be_missing_from_the_list(services: Services) -> None:
    await services.sandbox_times.begin(SandboxTime("new", None, "local", "job", 2, 512, time.time(), time.time() + HOUR))
    await leftovers.end_leftover_sandboxes(services)
    assert [each.sandbox_id for each in await services.sandbox_times.running("local")] == ["new"]


async def test_what_a_sandbox_cost_is_asked_for_until_modal_tells(
    services: Services, connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_costs, "SETTLED_SECONDS", -1)
    async with fresh_backend(connected) as backend:
        on_modal = replace(services, backend=backend)
        sandbox = await backend.create(SandboxSpec(name="priced", session="s", cpu=4, memory_mib=2048))
        await services.sandbox_times.begin(time_of(sandbox, backend))
        await sandbox.terminate()
        await services.sandbox_times.end(sandbox.id)

        connected.service.change(stats_seconds=HOUR)
        assert await sandbox_costs.book_sandbox_costs(on_modal) == 0
        connected.service.change(stats_seconds=0)
        assert await sandbox_costs.book_sandbox_costs(on_modal) == 1
        assert await sandbox_costs.book_sandbox_costs(on_modal) == 0, "once it is known it is not asked for again"

        (cost,) = await costs_in(services)
        measured = connected.service.sandbox(sandbox.id)["seconds"]
        dollars = float(4 * MADE_UP_DOLLARS_PER_CORE_SECOND + 2 * MADE_UP_DOLLARS_PER_GIB_SECOND) * measured
        assert cost == pytest.approx(dollars * 1_000_000, abs=2)


@pytest.mark.further
async def test_a_sandbox_that_modal_has_forgotten_does_not_keep_the_others_from_being_asked_for(
    services: Services, connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_costs, "SETTLED_SECONDS", -1)
    async with fresh_backend(connected) as backend:
        for name in ("forgotten", "known"):
            sandbox = await backend.create(SandboxSpec(name=name, session="s"))
            await services.sandbox_times.begin(time_of(sandbox, backend))
            await services.sandbox_times.end(sandbox.id)
            connected.service.end(sandbox.id, "lost" if name == "forgotten" else "terminated")
        assert await sandbox_costs.book_sandbox_costs(replace(services, backend=backend)) == 1


def time_of(sandbox: Sandbox, backend: SandboxBackend) -> SandboxTime:
    """The sandbox's time, of no job."""
    return SandboxTime(
        sandbox.id, None, backend.name, "job", 2, 512, started_at=sandbox.created_at, ends_by=sandbox.created_at + HOUR
    )


async def costs_in(services: Services) -> list[int]:
    async with services.database.read() as connection:
        rows = await connection.execute(sa.text("SELECT cost_microdollars FROM sandbox_times"))
        return [cost for (cost,) in rows]


async def test_a_check_run_of_a_job_that_has_ended_is_concluded_and_one_that_is_at_work_is_not(
    github: GitHubService, services: Services
) -> None:
    sha = github.maintainer.get(f"{github.repo_path}/commits/main")["sha"]
    pull = PullHead(2, sha, "fix", "main", "Fix it")
    repository = github.maintainer.get(github.repo_path)
    ours = github.as_installation()
    session = await services.sessions.open_session(
        installation_id=github.as_app().get(f"{github.repo_path}/installation")["id"],
        repository_id=repository["id"],
        repository=repository["full_name"],
        thread=2,
        kind="pull",
    )
    shown = {}
    for job_id in ("ended", "never-known", "at-work"):
        await services.jobs.add(
            job_id,
            session_id=session.id,
            installation_id=session.installation_id,
            kind="pull",
            recipe="change/1",
            ask=an_ask(pull=pull).to_json(),
        )
        body = {"name": "Harvest", "head_sha": sha, "external_id": job_id, "status": "in_progress"}
        shown[job_id] = ours.post(f"{github.repo_path}/check-runs", body)["id"]
        place = f"{job_id}/{sha}"
        await services.posts.begin(session.id, "check run", place)
        if job_id != "never-known":  # the answer to its making was lost
            await services.posts.wrote(session.id, "check run", Post(place, shown[job_id], "started"))
        if job_id != "at-work":
            await services.jobs.conclude(job_id, ending=msgspec.to_builtins(endings.nothing_to_rebase()), report={})
            await services.jobs.end(job_id, "failed")

    assert await orphaned_check_runs.conclude_orphaned_check_runs(services) == 2
    runs = {job_id: github.maintainer.get(f"{github.repo_path}/check-runs/{run}") for job_id, run in shown.items()}
    assert {job_id: run["status"] for job_id, run in runs.items()} == {
        "ended": "completed",
        "never-known": "completed",
        "at-work": "in_progress",
    }
    assert await orphaned_check_runs.conclude_orphaned_check_runs(services) == 0
