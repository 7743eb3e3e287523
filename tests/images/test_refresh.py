"""When an image is built anew, what happens to the one before it, and when nothing is done."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from github_app.images.builder import ImageBuilder
from github_app.images.refresh import (
    ACTIVE_SECONDS,
    FIRST_RETRY_SECONDS,
    OLD_SECONDS,
    is_due,
    is_stale,
    refresh,
    refresh_images,
)
from github_app.images.set_up import SETUP_FILE
from github_app.jobs.services import Services
from github_app.settings.operator import Settings
from sandbox.protocol import Sandbox
from state import repository_images
from state.repository_images import BuiltImage, ImageRepository, RepositoryImage, SetUpStep
from tests.github_service import GitHubService
from tests.images.conftest import had_a_job, repository

NOW = 1_000_000_000.0
HOUR = 3600.0
HEAD, OTHER = "a" * 40, "b" * 40
COMPLETE = BuiltImage("im-1", HEAD, 1, 1.0, ())
BROKEN = replace(COMPLETE, set_up=(SetUpStep("npm ci", "package-lock.json", 1.0, "exit code 1"),))
NO_IMAGE = RepositoryImage(ImageRepository(1, 2, "a/b"), None, None, None, None, None, None, None, 0, None)
FRESH = replace(NO_IMAGE, built=COMPLETE, built_at=NOW - HOUR, looked_at=NOW - HOUR, tried_at=NOW - HOUR, tried_sha=HEAD)


@pytest.mark.parametrize(
    ("row", "stale"),
    [
        (None, True),
        (NO_IMAGE, True),
        (FRESH, False),
        (replace(FRESH, built=replace(COMPLETE, sha=OTHER)), True),
        (replace(FRESH, built_at=NOW - OLD_SECONDS - 1), True),
        (replace(FRESH, built=BROKEN), True),
        (replace(FRESH, built=BROKEN, failures=1, tried_at=NOW - FIRST_RETRY_SECONDS + 1), False),
        (replace(FRESH, built=BROKEN, failures=1, tried_at=NOW - FIRST_RETRY_SECONDS - 1), True),
        (replace(FRESH, built=BROKEN, failures=3, tried_at=NOW - 4 * FIRST_RETRY_SECONDS + 1), False),
        (replace(FRESH, built=BROKEN, failures=99, tried_at=NOW - OLD_SECONDS - 1), True),
        (replace(FRESH, built=BROKEN, failures=1, tried_at=NOW, tried_sha=OTHER), True),
        (replace(NO_IMAGE, failures=1, tried_at=NOW, tried_sha=HEAD), False),
        (replace(FRESH, built=None), True),
    ],
)
def test_an_image_is_stale_when_something_changed_or_a_day_went_by_but_a_failure_is_not_repeated_at_once(
    row: RepositoryImage | None, stale: bool
) -> None:
    assert is_stale(row, HEAD, NOW) is stale


@pytest.mark.parametrize(
    ("row", "due"),
    [(None, True), (NO_IMAGE, True), (FRESH, True), (replace(FRESH, looked_at=NOW - HOUR / 2 + 1), False)],
)
def test_a_repository_is_asked_for_changes_as_often_as_the_schedule_says(row: RepositoryImage | None, due: bool) -> None:
    assert is_due(row, NOW, HOUR / 2) is due


async def outcome(image_builder: ImageBuilder, imaged: ImageRepository, *, anyway: bool = False) -> str:
    return (await refresh(image_builder, imaged, anyway=anyway)).outcome


async def image_of(image_builder: ImageBuilder, imaged: ImageRepository) -> RepositoryImage:
    found = await image_builder.images.get(imaged.id)
    assert found is not None
    return found


async def sandbox_of(image_builder: ImageBuilder, imaged: ImageRepository) -> Sandbox:
    """The sandbox in which the image is being built, once there is one."""
    async with asyncio.timeout(60):
        while not (found := await image_builder.backend.list({"image": str(imaged.id)})):
            continue
    return await image_builder.backend.attach(found[0].id)


def kept_images(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "sandboxes" / "snapshots").iterdir()}


async def test_an_unchanged_repository_is_left_alone_after_one_request(
    local_image_builder: ImageBuilder, github: GitHubService
) -> None:
    imaged = repository(github, {})
    assert await outcome(local_image_builder, imaged) == "built"
    since = time.time()

    assert await outcome(local_image_builder, imaged) == "unchanged"

    asked = [request["path"] for request in github.requests(since)["requests"] if request["channel"] == "rest"]
    assert asked == [f"/repos/{imaged.name}/commits"]
    assert await outcome(local_image_builder, imaged, anyway=True) == "built"


@pytest.mark.further
async def test_the_image_before_the_last_is_deleted_and_the_last_stays_for_who_is_starting_from_it(
    local_image_builder: ImageBuilder, github: GitHubService, tmp_path: Path
) -> None:
    imaged = repository(github, {})
    made = []
    for number in range(3):
        sha = github.push(imaged.name, "main", {"file": str(number)}, github.maintainer)
        assert await outcome(local_image_builder, imaged) == "built"
        row = await image_of(local_image_builder, imaged)
        assert row.built is not None
        assert row.built.sha == sha
        made.append(row.built.image_id)

    assert row.replaced_image_id == made[1]
    assert kept_images(tmp_path) == set(made[1:])


@pytest.mark.further
async def test_a_set_up_that_fails_gives_an_image_that_says_so_and_is_tried_again_with_the_next_commit(
    local_image_builder: ImageBuilder, github: GitHubService
) -> None:
    imaged = repository(github, {SETUP_FILE: "echo out of luck; exit 3"})
    refreshed = await refresh(local_image_builder, imaged)

    assert refreshed.outcome == "incomplete"
    assert "`sh .harvest/setup.sh`" in refreshed.sentence
    assert "exit code 3: out of luck" in refreshed.sentence
    row = await image_of(local_image_builder, imaged)
    assert row.built is not None
    assert not row.built.complete
    assert await outcome(local_image_builder, imaged) == "unchanged"
    github.push(imaged.name, "main", {SETUP_FILE: "exit 0"}, github.maintainer)
    assert await outcome(local_image_builder, imaged) == "built"


@pytest.mark.further
async def test_a_complete_image_is_not_replaced_by_one_that_is_not(
    local_image_builder: ImageBuilder, github: GitHubService, tmp_path: Path
) -> None:
    imaged = repository(github, {})
    await refresh(local_image_builder, imaged)
    before = await image_of(local_image_builder, imaged)
    github.push(imaged.name, "main", {SETUP_FILE: "exit 1"}, github.maintainer)

    assert await outcome(local_image_builder, imaged) == "kept"

    row = await image_of(local_image_builder, imaged)
    assert row.built == before.built
    assert row.built is not None
    assert kept_images(tmp_path) == {row.built.image_id}
    assert row.error is not None
    assert "sessions start from the image of" in row.error


@pytest.mark.further
async def test_a_build_that_gives_no_image_is_told_and_keeps_the_one_before(
    local_image_builder: ImageBuilder, github: GitHubService
) -> None:
    imaged = repository(github, {})
    await refresh(local_image_builder, imaged)
    before = await image_of(local_image_builder, imaged)
    github.push(imaged.name, "main", {SETUP_FILE: "rm -rf .git"}, github.maintainer)

    refreshed = await refresh(local_image_builder, imaged)

    row = await image_of(local_image_builder, imaged)
    assert (refreshed.outcome, row.error, row.built) == ("failed", refreshed.sentence, before.built)
    assert "can't be hidden from git" in refreshed.sentence
    assert await local_image_builder.backend.list({}) == []


@pytest.mark.further
async def test_of_two_who_build_at_once_one_does_and_the_other_says_so(
    local_image_builder: ImageBuilder, github: GitHubService
) -> None:
    imaged = repository(github, {})
    outcomes = await asyncio.gather(*(outcome(local_image_builder, imaged, anyway=True) for _ in range(2)))
    assert sorted(outcomes) == ["built", "busy"]


@pytest.mark.further
async def test_who_was_taken_for_dead_stores_nothing_over_the_others_image(
    local_image_builder: ImageBuilder, github: GitHubService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imaged = repository(github, {SETUP_FILE: "until [ -e ../home/go ] || [ -e ~/go ]; do sleep 0.02; done"})
    monkeypatch.setattr(repository_images, "HOLD_SECONDS", -1.0)
    slow = asyncio.create_task(refresh(local_image_builder, imaged))
    sandbox = await sandbox_of(local_image_builder, imaged)
    assert await local_image_builder.images.begin(imaged, HEAD, "another")
    await local_image_builder.images.store("another", COMPLETE)
    await sandbox.write_file(f"{sandbox.paths.home}/go", b"")

    assert (await slow).outcome == "busy"
    assert (await image_of(local_image_builder, imaged)).built == COMPLETE
    assert kept_images(tmp_path) == set()


@pytest.mark.further
async def test_a_build_that_is_broken_off_leaves_no_sandbox(local_image_builder: ImageBuilder, github: GitHubService) -> None:
    imaged = repository(github, {SETUP_FILE: "touch ~/begun; sleep 1000"})
    building = asyncio.create_task(refresh(local_image_builder, imaged))
    sandbox = await sandbox_of(local_image_builder, imaged)
    async with asyncio.timeout(60):
        while (await sandbox.run(["ls", f"{sandbox.paths.home}/begun"])).exit_code != 0:
            continue

    building.cancel()

    with pytest.raises(asyncio.CancelledError):
        await building
    assert await local_image_builder.backend.list({}) == []


@pytest.mark.further
async def test_images_of_a_repository_that_the_app_lost_are_deleted(
    local_image_builder: ImageBuilder, github: GitHubService, tmp_path: Path
) -> None:
    imaged = repository(github, {})
    await refresh(local_image_builder, imaged)
    github.control("DELETE", f"repos/{imaged.name}")

    assert await outcome(local_image_builder, imaged) == "removed"

    assert await local_image_builder.images.get(imaged.id) is None
    assert kept_images(tmp_path) == set()


async def test_the_schedule_builds_for_repositories_at_work_and_removes_what_nobody_works_on(
    local_services: Services, github: GitHubService, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = local_services
    at_work, forgotten, lost = (repository(github, {}) for _ in range(3))
    assert (await refresh(ImageBuilder.of(services), forgotten)).outcome == "built"
    github.control("DELETE", f"repos/{lost.name}")
    for imaged in (at_work, lost):
        await had_a_job(services, imaged, f"job-{imaged.id}")

    assert await refresh_images(services) == 1

    (row,) = [row for row in await services.images.all() if row.built]
    assert row.repository == at_work
    assert await services.images.get(forgotten.id) is None
    assert await refresh_images(services) == 0, "nothing is due"
    monkeypatch.setattr("github_app.images.refresh.ACTIVE_SECONDS", -ACTIVE_SECONDS)
    assert await refresh_images(services) == 0
    assert await services.images.all() == []


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        ({"HARVEST_SANDBOX": "modal"}, 1800),
        ({"HARVEST_SANDBOX": "local"}, 0),
        ({"HARVEST_SANDBOX": "local", "HARVEST_IMAGE_MINUTES": "5"}, 300),
        ({"HARVEST_SANDBOX": "modal", "HARVEST_IMAGE_MINUTES": "0"}, 0),
    ],
)
def test_images_are_refreshed_every_half_hour_on_modal_and_elsewhere_only_when_asked(
    settings: dict[str, str], seconds: float
) -> None:
    assert Settings.model_validate(settings).image_seconds == seconds
