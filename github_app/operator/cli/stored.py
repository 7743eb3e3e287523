"""What a Harvest has stored, for commands that look at it: where there is nothing, they say so and make nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from github_app.settings.operator import Settings
    from state.database import Database


@asynccontextmanager
async def stored(what: str) -> AsyncIterator[tuple[Settings, Database]]:
    """The settings, and the open database. SettingsError says that there is none of `what` where nothing was ever stored."""
    from github_app.settings.environment import load_settings
    from github_app.settings.operator import SettingsError
    from state.database import Database

    settings = load_settings()
    if not is_there(settings):
        raise SettingsError(
            f"no {what}: nothing was ever stored in {settings.state_dir}: set HARVEST_STATE_DIR or HARVEST_DATABASE_URL as it "
            "is for the service"
        )
    database = await Database.open(settings.state_url())
    try:
        yield settings, database
    finally:
        await database.close()


def is_there(settings: Settings) -> bool:
    """Whether anything can have been stored: a Postgres is asked, a file has to be there."""
    return settings.database_url is not None or (settings.state_dir / "harvest.db").exists()
