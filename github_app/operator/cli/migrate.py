"""`harvest migrate`: move what is stored in the state directory into a Postgres, for several nodes to work on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from github_app.settings.operator import Settings

# What people know the tables' rows as; the rest is counted with them and named by nobody.
NAMED = {
    "inbox": "deliveries",
    "sessions": "sessions",
    "jobs": "jobs",
    "job_queue": "jobs that go on there",
    "session_messages": "messages",
    "session_log": "entries of the sessions' logs",
    "artifacts": "saved files",
    "repository_images": "repository images",
}


def migrate() -> None:
    """Move a stopped service's state from HARVEST_STATE_DIR into the Postgres of HARVEST_DATABASE_URL, which must be empty."""
    import asyncio

    from github_app.settings.environment import load_settings

    asyncio.run(move(load_settings()))


async def move(settings: Settings) -> None:
    from github_app.service.artifacts import open_artifacts
    from github_app.settings.operator import SettingsError
    from state.artifacts import ArtifactsAway
    from state.database import Database
    from state.lock import StateLock
    from state.moving import move_state

    if settings.database_url is None:
        raise SettingsError("HARVEST_DATABASE_URL is not set: name the Postgres that the state is to be moved to")
    file = settings.state_dir / "harvest.db"
    if not file.exists():
        raise SettingsError(
            f"nothing was ever stored in {settings.state_dir}: HARVEST_STATE_DIR names the folder to move from"
        )
    lock = StateLock.take(settings.state_dir)  # a service that runs has it
    try:
        target = await Database.open(settings.state_url())
        if target.dialect != "postgresql":
            await target.close()
            raise SettingsError("HARVEST_DATABASE_URL is no Postgres: use postgresql://user@host/name")
        source = await Database.open(f"sqlite:///{file.absolute()}")
        try:
            moved = await move_state(source, settings.state_dir, target, open_artifacts(settings, target))
        except ArtifactsAway as problem:
            raise SettingsError(f"nothing was moved, because {problem}: `harvest doctor` tells more") from problem
        finally:
            await source.close()
            await target.close()
    finally:
        lock.release()
    for table, name in NAMED.items():
        print(f"{moved.get(table, 0):>9,} {name}")
    print(f"{sum(moved.values()):>9,} rows and files in all are in the Postgres now; {settings.state_dir} is as it was.")
    if settings.sandbox == "local":
        print("Snapshots of local sandboxes stay on this machine: a session that had one begins from a fresh clone elsewhere.")
    print("Start the service with HARVEST_DATABASE_URL as it is set now, and never again without it.")
