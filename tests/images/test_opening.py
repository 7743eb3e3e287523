"""What a job's sandbox starts from: the session's snapshot, else the repository's image, else the base; and what it says."""

from __future__ import annotations

from pathlib import Path

import modal
import pytest

from github_app.jobs.agent.prompt import installed_note
from github_app.jobs.context import JobContext
from github_app.jobs.results import SandboxOpened
from github_app.jobs.services import Services
from github_app.jobs.steps.open_sandbox import open_sandbox
from github_app.replies import wording
from sandbox.protocol import SandboxSpec
from state.repository_images import BuiltImage, ImageRepository, SetUpStep
from tests.github_service import GitHubService
from tests.images.conftest import had_a_job, services_on
from tests.sandbox.modal_backend import Connected, fresh_backend

REPOSITORY = ImageRepository(2, 5, "acme/timespan")
SMALL = {"cpu": 1.0, "memory_mib": 512}


@pytest.fixture
async def kept(services: Services) -> str:
    """A snapshot, or an image: the same on both backends."""
    sandbox = await services.backend.create(SandboxSpec(name="first", session="first", cpu=1, memory_mib=512))
    snapshot = await sandbox.snapshot()
    await sandbox.terminate()
    return snapshot


async def open_for_a_job(
    services: Services, *, snapshot: str | None = None, image: str | None = None, set_up: tuple[SetUpStep, ...] = ()
) -> SandboxOpened:
    """Open a job's sandbox where there is that snapshot and that image."""
    await had_a_job(services, REPOSITORY)
    context = await JobContext.load(services, "job-1")
    await services.sessions.update(context.session.id, snapshot_id=snapshot)
    if image is not None:
        await services.images.begin(REPOSITORY, "c" * 40, "builder")
        await services.images.store("builder", BuiltImage(image, "c" * 40, 1, 1.0, set_up))
    return await open_sandbox(await JobContext.load(services, "job-1"))


@pytest.mark.parametrize(
    ("snapshot", "image", "tried", "notes"),
    [
        ("there", "there", ["snapshot"], []),
        ("gone", "there", ["snapshot", "image"], [wording.snapshot_gone()]),
        ("gone", "gone", ["snapshot", "image", "base"], [wording.snapshot_gone(), wording.image_gone()]),
        (None, "there", ["image"], []),
        (None, None, ["base"], []),
    ],
)
async def test_a_job_starts_from_the_best_that_is_there_and_says_what_was_gone(
    services: Services, kept: str, snapshot: str | None, image: str | None, tried: list[str], notes: list[str]
) -> None:
    ids = {"there": kept, "gone": "im-00000000000000000000000000", None: None}

    opened = await open_for_a_job(services, snapshot=ids[snapshot], image=ids[image])

    assert [attempt.start for attempt in opened.attempts] == tried
    assert all(attempt.seconds > 0 for attempt in opened.attempts)
    assert [bool(attempt.problem) for attempt in opened.attempts] == [True] * (len(tried) - 1) + [False]
    assert (opened.started_from, list(opened.notes)) == (tried[-1], notes)
    sandbox = await services.backend.attach(opened.sandbox_id)
    assert sandbox.started_from == tried[-1]
    if image == "gone":
        row = await services.images.get(REPOSITORY.id)
        assert row is not None
        assert (row.built, row.looked_at) == (None, None), "the schedule builds a new one next"


async def test_opening_again_after_a_crash_gives_the_same_sandbox_and_says_things_once(services: Services) -> None:
    first = await open_for_a_job(services, snapshot="im-00000000000000000000000000")

    again = await open_sandbox(await JobContext.load(services, "job-1", first_try=False))

    assert (again.sandbox_id, again.notes) == (first.sandbox_id, (wording.snapshot_gone(),))
    assert len(await services.backend.list({})) == 1


async def test_what_an_image_lacks_is_said_and_what_it_holds_is_known_for_the_agent(services: Services, kept: str) -> None:
    steps = (
        SetUpStep("npm ci", "package-lock.json", 1.0, "exit code 1"),
        SetUpStep("python3 -m venv .venv", "requirements.txt", 1.0),
        SetUpStep("sh .harvest/setup.sh", ".harvest/setup.sh", 1.0, "exit code 2"),
    )

    opened = await open_for_a_job(services, image=kept, set_up=steps)

    assert list(opened.notes) == [
        "The repository's image is incomplete: `npm ci` and `sh .harvest/setup.sh` did not work when it was built."
    ]
    assert opened.installed == ("requirements.txt",)


async def test_a_snapshot_that_can_be_created_from_but_does_not_start_is_passed_over(
    connected: Connected, github: GitHubService, tmp_path: Path
) -> None:
    async with fresh_backend(connected) as backend, services_on(backend, github, tmp_path) as services:
        app = await modal.App.lookup.aio("foreign", create_if_missing=True, client=connected.client)
        image = modal.Image.from_registry("debian:12")
        await image.build.aio(app)

        opened = await open_for_a_job(services, snapshot=image.object_id)

        assert (opened.started_from, opened.notes) == ("base", (wording.snapshot_gone(),))
        assert len(await backend.list({})) == 1


@pytest.mark.parametrize(
    ("installed", "told"),
    [
        ([], ""),
        (
            ["package-lock.json", ".harvest/setup.sh"],
            "Installed here already, when the repository's image was built: what package-lock.json and .harvest/setup.sh "
            "asked for.",
        ),
        (
            ["uv.lock"],
            "Installed here already, when the repository's image was built: what uv.lock asked for. "
            "Python's environment is in `.venv`: use `.venv/bin/python`.",
        ),
    ],
)
def test_the_agent_is_told_what_is_installed(installed: list[str], told: str) -> None:
    assert installed_note(installed) == told
