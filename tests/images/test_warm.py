"""Warm sandboxes on Modal: kept ready as many as were asked for, given to first jobs, and ended when nobody wants them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest

from github_app.images import warm_pool
from github_app.images.warm_pool import keep_warm
from github_app.jobs import warm_claim
from github_app.jobs.context import JobContext
from github_app.jobs.lost_sandbox import LOSE_SANDBOX
from github_app.jobs.results import SandboxLost, SandboxOpened
from github_app.jobs.services import Services
from github_app.jobs.steps.open_sandbox import open_sandbox
from github_app.maintenance import leftovers
from github_app.service.assembly import open_harvest
from github_app.service.backends import open_backend
from github_app.settings.operator import Settings, SettingsError
from sandbox.protocol import SandboxSpec
from state.repository_images import BuiltImage, ImageRepository
from tests.github_service import GitHubService
from tests.images.conftest import had_a_job, services_on
from tests.modal_service import ModalService
from tests.sandbox.modal_backend import Connected, fresh_backend

REPOSITORY = ImageRepository(2, 5, "acme/timespan")


@dataclass
class Pool:
    """A Harvest on Modal with a repository at work that has an image, and one warm sandbox wanted for it."""

    services: Services
    service: ModalService
    jobs: int = 0

    def wants(self, number: int) -> None:
        settings = self.services.settings.model_copy(update={"warm_sandboxes": number})
        self.services = replace(self.services, settings=settings)

    async def has(self) -> list[str]:
        """The sandboxes that wait, the oldest first."""
        return [one.sandbox_id for one in await self.services.warm.all() if one.claimed_by is None]

    async def running(self) -> set[str]:
        return {summary.id for summary in await self.services.backend.list({})}

    async def built(self) -> None:
        """There is a new image."""
        backend = self.services.backend
        sandbox = await backend.create(SandboxSpec(name="build", session="build", cpu=1, memory_mib=512))
        image = BuiltImage(await sandbox.snapshot(), "c" * 40, 1, 1.0, ())
        await sandbox.terminate()
        await self.services.images.begin(REPOSITORY, image.sha, "builder")
        await self.services.images.store("builder", image)

    async def first_job(self) -> SandboxOpened:
        """A job on a new thread opens its sandbox."""
        self.jobs += 1
        await had_a_job(self.services, REPOSITORY, f"job-{self.jobs}", thread=self.jobs)
        return await self.open(f"job-{self.jobs}")

    async def open(self, job_id: str, *, first_try: bool = True) -> SandboxOpened:
        return await open_sandbox(await JobContext.load(self.services, job_id, first_try=first_try))


@pytest.fixture
async def pool(connected: Connected, github: GitHubService, tmp_path: Path) -> AsyncIterator[Pool]:
    async with fresh_backend(connected) as backend, services_on(backend, github, tmp_path) as services:
        pool = Pool(services, connected.service)
        pool.wants(1)
        await pool.built()
        await pool.services.images.ask_for(REPOSITORY)
        yield pool


async def test_without_the_setting_nothing_is_kept_ready(pool: Pool) -> None:
    pool.wants(0)
    assert await keep_warm(pool.services) == 0
    assert await pool.running() == set()


async def test_a_first_job_is_given_the_one_that_waits_and_the_pool_is_filled_again(pool: Pool) -> None:
    pool.wants(2)
    assert await keep_warm(pool.services) == 2
    assert await keep_warm(pool.services) == 0, "there are enough"
    oldest, other = await pool.has()

    job = await pool.first_job()

    assert (job.sandbox_id, job.started_from) == (oldest, "image")
    (summary,) = await pool.services.backend.list({"job": "job-1"})
    assert summary.id == oldest
    assert "warm" not in summary.tags
    assert await keep_warm(pool.services) == 1
    assert (await pool.has())[0] == other
    await pool.services.jobs.end("job-1", "succeeded")
    await keep_warm(pool.services)
    assert await pool.services.warm.claimed_by("job-1") is None


async def test_after_a_crash_a_job_finds_what_it_had_claimed_and_claims_no_other(pool: Pool) -> None:
    pool.wants(2)
    await keep_warm(pool.services)
    claimed = (await pool.first_job()).sandbox_id

    assert (await pool.open("job-1", first_try=False)).sandbox_id == claimed

    pool.wants(0)
    await keep_warm(pool.services)
    own = (await pool.first_job()).sandbox_id
    pool.wants(1)
    await keep_warm(pool.services)
    assert (await pool.open("job-2", first_try=False)).sandbox_id == own
    assert len(await pool.has()) == 1


async def test_one_that_died_is_not_waited_for_and_a_job_creates_its_own(pool: Pool) -> None:
    await keep_warm(pool.services)
    (dead,) = await pool.has()
    pool.service.end(dead, "evicted")

    job = await pool.first_job()

    assert job.sandbox_id != dead
    assert job.started_from == "image"
    assert await pool.services.warm.claimed_by("job-1") is None


async def test_one_that_a_job_has_given_up_for_lost_is_not_taken_again_even_if_it_lives(pool: Pool) -> None:
    await keep_warm(pool.services)
    job = await pool.first_job()
    lost = SandboxLost(sandbox_id=job.sandbox_id, why="an outage", snapshot=None, last_position=0)
    await pool.services.job_steps.finish("job-1", LOSE_SANDBOX, 1, result=msgspec.to_builtins(lost))

    assert (await pool.open("job-1", first_try=False)).sandbox_id != lost.sandbox_id


async def test_one_that_died_in_the_pool_is_replaced(pool: Pool) -> None:
    await keep_warm(pool.services)
    (dead,) = await pool.has()
    pool.service.end(dead, "evicted")
    assert await keep_warm(pool.services) == 1
    (waiting,) = await pool.has()
    assert waiting != dead


@pytest.mark.parametrize("change", ["a new image", "too old", "switched off", "nobody works on it"])
async def test_one_that_nobody_wants_is_ended(pool: Pool, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    await keep_warm(pool.services)
    (before,) = await pool.has()
    match change:
        case "a new image":
            await pool.built()
        case "too old":
            monkeypatch.setattr(warm_pool, "IDLE_SECONDS", -1)
        case "switched off":
            pool.wants(0)
        case _:
            await pool.services.images.remove(REPOSITORY.id)

    await keep_warm(pool.services)

    assert before not in await pool.running()
    assert len(await pool.has()) == len(await pool.running()) == (change in ("a new image", "too old"))


async def test_one_that_waited_too_long_is_not_given_away(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    await keep_warm(pool.services)
    (waiting,) = await pool.has()
    monkeypatch.setattr(warm_claim, "IDLE_SECONDS", -1)
    assert (await pool.first_job()).sandbox_id != waiting


async def test_an_image_that_is_gone_is_built_anew_and_a_full_account_is_asked_again(pool: Pool) -> None:
    pool.service.change(max_sandboxes=0)
    assert await keep_warm(pool.services) == 0
    pool.service.heal()
    row = await pool.services.images.get(REPOSITORY.id)
    assert row is not None
    assert row.built is not None
    pool.service.forget_image(row.built.image_id)
    assert await keep_warm(pool.services) == 0
    row = await pool.services.images.get(REPOSITORY.id)
    assert row is not None
    assert row.built is None


async def test_the_leftovers_look_spares_what_waits_and_ends_what_has_no_row(
    github: GitHubService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "NEW_SANDBOX_SECONDS", -1)
    own = {"HARVEST_SANDBOX": "local", "HARVEST_LOCAL_UNISOLATED": "1", "HARVEST_STATE_DIR": str(tmp_path / "state")}
    settings = Settings.model_validate({**github.env, **own, "ANTHROPIC_API_KEY": "none"})
    async with open_harvest(settings, "http://127.0.0.1:1") as services:
        sandbox = await services.backend.create(SandboxSpec(name="warm", session="warm", tags=warm_pool.WARM))
        await services.warm.add(sandbox.id, repository_id=2, image_id="im-1")
        assert await leftovers.end_leftover_sandboxes(services) == 0
        await services.warm.claim("a-job-that-is-over", repository_id=2, image_id="im-1", created_after=0.0)
        assert await leftovers.end_leftover_sandboxes(services) == 1
        await services.backend.create(SandboxSpec(name="warm", session="warm", tags=warm_pool.WARM))
        assert await leftovers.end_leftover_sandboxes(services) == 1


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"HARVEST_SANDBOX": "local"}, "bound to its session's folder"),
        ({"HARVEST_SANDBOX": "modal", "HARVEST_JOB_MINUTES": "1380"}, "Modal ends a sandbox after 24 hours"),
    ],
)
def test_where_no_sandbox_can_wait_the_setting_is_refused(settings: dict[str, str], why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        open_backend(Settings.model_validate({**settings, "HARVEST_WARM_SANDBOXES": "1"}))
