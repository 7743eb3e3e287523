"""`harvest image`: what sandboxes start from, the base image on Modal and the repositories' own images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from github_app.operator.cli.stored import is_there

if TYPE_CHECKING:
    from github_app.images.builder import ImageBuilder
    from github_app.images.refresh import Outcome
    from github_app.settings.operator import Settings
    from state.repository_images import ImageRepository, RepositoryImage

# Where a repository is no better off than before.
FAILED: frozenset[Outcome] = frozenset({"failed", "kept", "incomplete"})

image = typer.Typer(help="What sandboxes start from: the base image, and the repositories' own.", no_args_is_help=True)


@image.callback()
def group() -> None:
    """One command a verb."""


@image.command()
def build() -> None:
    """Build and publish the base image. A job never builds one, so do this before the first and after an upgrade."""
    import asyncio
    import time

    from github_app.service.backends import open_modal
    from github_app.settings.environment import load_settings
    from github_app.settings.operator import SettingsError
    from sandbox.protocol import SandboxError

    backend = open_modal(load_settings())
    begun = time.monotonic()
    try:
        image_id = asyncio.run(backend.build_base_image())
    except SandboxError as problem:
        raise SettingsError(str(problem)) from problem
    print(f"Built and published {image_id} in {time.monotonic() - begun:.0f} s.")


@image.command("list")
def list_images() -> None:
    """List the repository images, with age, size, and what of their set-up did not work."""
    import asyncio

    from github_app.settings.environment import load_settings

    asyncio.run(show_images(load_settings()))


@image.command()
def refresh(
    repository: Annotated[str, typer.Argument(help="owner/name, built anew; all that are out of date if left out.")] = "",
) -> None:
    """Build repository images, beside a running service or without one. Exit 1 if one did not come out whole."""
    import asyncio

    from github_app.service.logs import set_up_logging
    from github_app.settings.environment import load_settings
    from github_app.settings.operator import SettingsError

    settings = load_settings()
    if not settings.app_id:
        raise SettingsError("GITHUB_APP_ID is not set: an image is made of what the App may read: run `harvest setup`")
    set_up_logging(settings.log_format)
    outcomes = asyncio.run(refresh_images(settings, repository))
    if FAILED.intersection(outcomes):
        raise typer.Exit(1)


async def show_images(settings: Settings) -> None:
    import time

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from state.database import Database
    from state.repository_images import RepositoryImages

    rows: list[RepositoryImage] = []
    if is_there(settings):
        database = await Database.open(settings.state_url())
        try:
            rows = await RepositoryImages(database).all()
        finally:
            await database.close()
    console = Console(highlight=False, markup=False, soft_wrap=True)
    if not rows:
        console.print("No repository images yet: `harvest image refresh owner/name` builds one.")
        return
    table = Table("repository", "age", "size", "commit", "took", "set up by", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in cells_of(row, time.time())))
    console.print(table)
    for row in rows:
        for problem in problems_of(row):
            console.print(f"{row.repository.name}: {problem}")


def cells_of(row: RepositoryImage, now: float) -> tuple[str, ...]:
    """One line of the table."""
    from github_app.replies.markdown import duration, file_size

    built = row.built
    if built is None:
        return (row.repository.name, "no image", "", "", "", "")
    worked = ", ".join(step.because_of for step in built.set_up if not step.problem)
    age = duration(now - (row.built_at or now))
    return (row.repository.name, age, file_size(built.size_bytes), built.sha[:7], duration(built.seconds), worked)


def problems_of(row: RepositoryImage) -> list[str]:
    """What an operator should know of it: what the image lacks, and why there is no newer one."""
    from github_app.images.refresh import told

    lacks = [told((step,)) for step in row.built.set_up if step.problem] if row.built is not None else []
    return [*lacks, *([f"the last build: {row.error}"] if row.error else [])]


async def refresh_images(settings: Settings, name: str) -> list[Outcome]:
    """Refresh the named repository's image, or all of them, and say of each what became of it."""
    from github_app.github.failures import GitHubProblem
    from github_app.images.refresh import refresh
    from github_app.service.assembly import open_image_builder
    from state.database import Database

    outcomes: list[Outcome] = []
    database = await Database.open(settings.state_url())
    try:
        async with open_image_builder(settings, database) as image_builder:
            for repository in await chosen(image_builder, name):
                print(f"{repository.name} …", flush=True)
                try:
                    refreshed = await refresh(image_builder, repository, anyway=bool(name))
                except GitHubProblem as problem:
                    outcomes.append("failed")
                    print(f"{repository.name}: failed, {problem}", flush=True)
                    continue
                outcomes.append(refreshed.outcome)
                print(f"{repository.name}: {refreshed.outcome}, {refreshed.sentence}", flush=True)
    finally:
        await database.close()
    return outcomes


async def chosen(image_builder: ImageBuilder, name: str) -> list[ImageRepository]:
    """The repository of that name, or all that are at work."""
    import time

    from github_app.github.failures import GitHubProblem
    from github_app.images.refresh import ACTIVE_SECONDS
    from github_app.settings.operator import SettingsError

    if name:
        try:
            repository = await image_builder.find(name)
        except GitHubProblem as problem:
            raise SettingsError(f"the App was not found on {name} ({problem.reason}): is it installed there?") from problem
        await image_builder.images.ask_for(repository)
        return [repository]
    wanted = await image_builder.images.wanted(time.time() - ACTIVE_SECONDS)
    if not wanted:
        print("No repository had a job in the last seven days: name one (owner/name).")
    return wanted
