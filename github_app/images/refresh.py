"""When images are built: on a schedule for repositories at work, and by hand. One request tells that nothing has changed.

A build that did not work is tried again on the same commit later and later, and at once on a new one. A complete image is
never replaced by one that is not.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import structlog

from github_app.github.failures import GitHubProblem, Refused
from github_app.images.build import build
from github_app.images.builder import ImageBuilder
from github_app.jobs.services import Services
from github_app.metrics import IMAGE_BUILDS
from github_app.settings.repository_file import SettingsUnusable
from sandbox.git import InvalidBranchName
from sandbox.protocol import SandboxError
from sandbox.workspace_failure import WorkspaceError
from state.repository_images import HOLD_SECONDS, ImageRepository, RepositoryImage, RepositoryImages, SetUpStep

log = structlog.get_logger()

# A repository is at work when it had a job within this time, or when somebody asked for its image by hand.
ACTIVE_SECONDS = 7 * 24 * 60 * 60

# What a lock file leaves open, and what the set-up fetches besides, is as old as the image at most.
OLD_SECONDS = 24 * 60 * 60

# Between two builds of one commit that did not work; doubled with each.
FIRST_RETRY_SECONDS = 30 * 60

# Each takes a sandbox for minutes; more at once would only be needed by hundreds of busy repositories.
BUILDS_AT_ONCE = 3

Outcome = Literal["built", "incomplete", "kept", "unchanged", "busy", "failed", "removed"]


@dataclass(frozen=True)
class Refreshed:
    """What became of a repository's image, in a word and in a sentence for the operator."""

    outcome: Outcome
    sentence: str


async def refresh_images(services: Services) -> int:
    """Build the images that are due, and remove those of repositories that nobody works on; gives the number of new ones."""
    image_builder, every = ImageBuilder.of(services), services.settings.image_seconds
    if not every:
        return 0
    wanted = await image_builder.images.wanted(time.time() - ACTIVE_SECONDS)
    rows = {row.repository.id: row for row in await image_builder.images.all()}
    for row in rows.values():
        if row.repository.id not in {repository.id for repository in wanted}:
            await remove(image_builder, row)
    slots = asyncio.Semaphore(BUILDS_AT_ONCE)

    async def in_turn(repository: ImageRepository) -> bool:
        async with slots:
            return await refresh_on_schedule(image_builder, repository)

    due = [repository for repository in wanted if is_due(rows.get(repository.id), time.time(), every)]
    return sum(await asyncio.gather(*(in_turn(repository) for repository in due)))


async def refresh_on_schedule(image_builder: ImageBuilder, repository: ImageRepository) -> bool:
    """Whether there is a new image; what went wrong is logged, and looked at again when the repository is next due."""
    try:
        refreshed = await refresh(image_builder, repository)
    except GitHubProblem as problem:
        log.warning("a repository could not be asked for changes", repository=repository.name, error=str(problem))
        await image_builder.images.note_look(repository)
        return False
    except Exception:
        log.exception("an image could not be refreshed", repository=repository.name)
        return False
    if refreshed.outcome not in ("unchanged", "busy"):
        log.info("image refreshed", repository=repository.name, outcome=refreshed.outcome, told=refreshed.sentence)
    return refreshed.outcome in ("built", "incomplete")


async def refresh(image_builder: ImageBuilder, repository: ImageRepository, *, anyway: bool = False) -> Refreshed:
    """Bring a repository's image up to date; `anyway` also where nothing has changed. Raises GitHubProblem."""
    images = image_builder.images
    row = await images.get(repository.id)
    try:
        (head,) = await image_builder.ask(repository, "/commits?per_page=1")
    except Refused as problem:
        if problem.status not in (404, 422):
            raise
        if row is not None:
            await remove(image_builder, row)
        return Refreshed("removed", f"the App has no access to it any more ({problem.reason})")
    if not anyway and not is_stale(row, head["sha"], time.time()):
        await images.note_look(repository)
        return Refreshed("unchanged", "it is up to date, or its set-up failed on this commit a short while ago")
    builder = secrets.token_hex(8)
    if not await images.begin(repository, head["sha"], builder):
        return Refreshed("busy", "it is being built just now")
    refreshed = await build_and_store(image_builder, repository, row, builder)
    IMAGE_BUILDS.labels(refreshed.outcome).inc()
    return refreshed


async def build_and_store(
    image_builder: ImageBuilder, repository: ImageRepository, before: RepositoryImage | None, builder: str
) -> Refreshed:
    """Build, and let sessions start from it if it is better than what there was."""
    images = image_builder.images
    try:
        async with holding(images, builder):
            built = await build(image_builder, repository, builder)
    except Exception as problem:
        why = why_it_failed(problem)
        await images.give_up(builder, why)
        return Refreshed("failed", why)
    if not built.complete and before is not None and before.built is not None and before.built.complete:
        await delete(image_builder, built.image_id)
        why = f"{told(built.set_up)}; sessions start from the image of {before.built.sha[:7]}, as before"
        await images.give_up(builder, why)
        return Refreshed("kept", why)
    if before is not None and before.replaced_image_id is not None:
        await delete(image_builder, before.replaced_image_id)
    if not await images.store(builder, built):
        await delete(image_builder, built.image_id)
        return Refreshed("busy", "somebody else has built it meanwhile")
    if built.complete:
        return Refreshed("built", f"built from {built.sha[:7]} in {built.seconds:.0f} s")
    return Refreshed("incomplete", f"built from {built.sha[:7]}, but {told(built.set_up)}")


async def remove(image_builder: ImageBuilder, row: RepositoryImage) -> None:
    """Delete a repository's images and forget it."""
    for image_id in filter(None, (row.replaced_image_id, row.built.image_id if row.built else None)):
        await delete(image_builder, image_id)
    await image_builder.images.remove(row.repository.id)
    log.info("image removed", repository=row.repository.name)


async def delete(image_builder: ImageBuilder, image_id: str) -> None:
    """Delete an image that nobody starts from any more; one that can't be deleted ends with its time."""
    try:
        await image_builder.backend.delete_snapshot(image_id)
    except SandboxError as problem:
        log.warning("an image could not be deleted", image=image_id, error=str(problem))


def is_due(row: RepositoryImage | None, now: float, every: float) -> bool:
    """Whether it is time to ask for changes. `every` is in seconds."""
    return row is None or row.looked_at is None or now - row.looked_at >= every


def is_stale(row: RepositoryImage | None, head_sha: str, now: float) -> bool:
    """Whether a new image of that commit should be built."""
    if row is None:
        return True
    built = row.built
    fresh = built is not None and built.complete and built.sha == head_sha and now - (row.built_at or 0) < OLD_SECONDS
    return not fresh and not failed_lately(row, head_sha, now)


def failed_lately(row: RepositoryImage, head_sha: str, now: float) -> bool:
    """Whether this very commit was tried without success, too short a while ago to try it again."""
    if not row.failures or row.tried_sha != head_sha or row.tried_at is None:
        return False
    pause = min(FIRST_RETRY_SECONDS * 2.0 ** min(row.failures - 1, 10), OLD_SECONDS)
    return now - row.tried_at < pause


def told(steps: tuple[SetUpStep, ...]) -> str:
    """What of the set-up did not work."""
    return "; ".join(f"`{step.command}` for {step.because_of} did not work ({step.problem})" for step in steps if step.problem)


def why_it_failed(problem: Exception) -> str:
    """The sentence for a build that gave no image."""
    if isinstance(problem, TimeoutError):
        return "it took too long and was ended"
    if isinstance(problem, (GitHubProblem, SettingsUnusable, SandboxError, WorkspaceError, InvalidBranchName)):
        return str(problem)
    log.exception("an image could not be built")
    return f"Harvest made a mistake ({type(problem).__name__}): the log has it"


@asynccontextmanager
async def holding(images: RepositoryImages, builder: str) -> AsyncIterator[None]:
    """Say again and again that the builder is at work."""

    async def say() -> None:
        while True:
            await asyncio.sleep(HOLD_SECONDS / 3)
            try:
                await images.hold(builder)
            except Exception as problem:  # the database is busy: the next time may do
                log.warning("a builder could not say that it is at work", error=str(problem))

    saying = asyncio.create_task(say(), name="holding")
    try:
        yield
    finally:
        saying.cancel()
