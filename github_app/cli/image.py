"""`harvest image`: the image that sandboxes on Modal start from."""

from __future__ import annotations

import typer

image = typer.Typer(help="The image that sandboxes on Modal start from.", no_args_is_help=True)


@image.callback()
def group() -> None:
    """One command a verb; without this a single verb would take the group's place."""


@image.command()
def build() -> None:
    """Build and publish the base image. A job never builds one, so do this before the first and after an upgrade."""
    import asyncio
    import time

    from github_app.backends import open_modal
    from github_app.settings import SettingsError, load_settings
    from sandbox.protocol import SandboxError

    backend = open_modal(load_settings())
    begun = time.monotonic()
    try:
        image_id = asyncio.run(backend.build_base_image())
    except SandboxError as problem:
        raise SettingsError(str(problem)) from problem
    print(f"Built and published {image_id} in {time.monotonic() - begun:.0f} s.")
