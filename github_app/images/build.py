"""Builds a repository's image, told once: clone, put the credentials away, set up, tidy up, keep.

It runs in a sandbox of its own with the builder's name in its tags, which is ended when the builder says nothing any more
(`github_app/maintenance/leftovers.py`), and by its own time limit in any case.
"""

from __future__ import annotations

import time
from contextlib import suppress

import structlog

from github_app.domain.sandbox_time import time_of
from github_app.github.repository_settings import RepositoryOnGitHub
from github_app.github.tokens import Purpose
from github_app.images.builder import ImageBuilder
from github_app.images.set_up import set_up
from github_app.images.tidy import tidy
from github_app.jobs.open_network import open_the_network
from github_app.settings.narrowing import narrow
from github_app.settings.old_file import OLD_FILE, read_old_file
from github_app.settings.repository import SETTINGS_FILE, RepositorySettings
from github_app.settings.repository_file import SettingsUnusable
from sandbox.git_credentials import remove_credentials
from sandbox.protocol import Egress, Sandbox, SandboxError, SandboxSpec
from sandbox.time_limit import TimeLimit
from sandbox.workspace import WorkspaceSpec, prepare
from state.repository_images import BuiltImage, ImageRepository

log = structlog.get_logger()

# A clone of 1 GB, a few commands of up to ten minutes, and the snapshot. What takes longer can't be kept fresh by a schedule
# anyway. The sandbox lives a little longer, so that the builder is the one who ends it.
BUILD_SECONDS = 30 * 60
SANDBOX_SECONDS = BUILD_SECONDS + 5 * 60

# `du` reads the entry of every file once; a clone's dependencies have some 100,000.
SIZE_SECONDS = 120


async def build(image_builder: ImageBuilder, repository: ImageRepository, builder: str) -> BuiltImage:
    """Build an image of the default branch as it is now; nothing is left but the image.

    Raises GitHubProblem, SettingsUnusable, SandboxError, WorkspaceError, InvalidBranchName, or TimeoutError.
    """
    begun = time.monotonic()
    workspace = await workspace_spec(image_builder, repository)
    settings = await settings_of(image_builder, repository, workspace.base_branch)
    egress = narrow(image_builder.settings, image_builder.egress, settings or RepositorySettings()).egress
    spec = sandbox_spec(repository, builder, egress.at_first())
    sandbox = await image_builder.backend.create(spec)
    try:
        await image_builder.sandbox_times.begin(time_of(sandbox, spec, backend=image_builder.backend.name, purpose="image"))
        async with TimeLimit(BUILD_SECONDS):
            ready = await prepare(sandbox, workspace)
            # Code of the repository runs next. The token was only ever in the control folder, which no image holds.
            await remove_credentials(sandbox)
            old, _ = read_old_file(ready.base_files.get(OLD_FILE), is_new=settings is not None)
            await open_the_network(sandbox, egress, settings.egress.allow if settings is not None else old.allow)
            steps = await set_up(sandbox, ready.base_sha, settings.setup if settings is not None else ())
            await tidy(sandbox)
            size = await size_of(sandbox)
            image_id = await sandbox.snapshot()
    finally:
        with suppress(SandboxError):
            await sandbox.terminate()
            await image_builder.sandbox_times.end(sandbox.id)
    return BuiltImage(image_id, ready.base_sha, size, round(time.monotonic() - begun, 1), steps)


async def workspace_spec(image_builder: ImageBuilder, repository: ImageRepository) -> WorkspaceSpec:
    """A clone of the default branch."""
    found = await image_builder.ask(repository)
    token = await image_builder.tokens.get(repository.installation_id, repository.id, Purpose.READ)
    return WorkspaceSpec(
        remote_url=image_builder.settings.remote_url(repository.name),
        base_branch=found["default_branch"],
        branch=found["default_branch"],
        read_token=token.value,
        identity=await image_builder.identity.git(),
        base_files=(OLD_FILE,),
        reported_kib=found["size"],
    )


async def settings_of(image_builder: ImageBuilder, repository: ImageRepository, branch: str) -> RepositorySettings | None:
    """What the repository set for itself, None for nothing. Raises SettingsUnusable: nothing is run under half of them."""
    on_github = RepositoryOnGitHub(repository.installation_id, repository.id, repository.name)
    read = await image_builder.settings_files.read(on_github, branch)
    if read.problem:
        raise SettingsUnusable(f"{SETTINGS_FILE} can't be used: {read.problem}")
    return read.settings


def sandbox_spec(repository: ImageRepository, builder: str, egress: Egress) -> SandboxSpec:
    """The sandbox of one build. Each is a new one: what a build that broke off has left is no beginning."""
    return SandboxSpec(
        name=f"harvest-image-{builder}",
        session=f"image-{repository.id}",
        tags={"service": "harvest", "image": str(repository.id), "builder": builder},
        timeout_seconds=SANDBOX_SECONDS,
        egress=egress,
        calls_model=False,
    )


async def size_of(sandbox: Sandbox) -> int:
    """Bytes on the disk of what the image adds to the base: workspace and home. 0 when that can't be told."""
    paths = sandbox.paths
    try:
        counted = await sandbox.run(["du", "-s", "-k", "--", paths.workspace, paths.home], timeout_seconds=SIZE_SECONDS)
    except SandboxError as problem:
        log.warning("an image's size could not be told", error=str(problem))
        return 0
    sizes = [line.split(maxsplit=1)[0] for line in counted.stdout.decode("utf-8", "replace").splitlines() if line.strip()]
    return sum(int(size) for size in sizes if size.isdecimal()) * 1024
