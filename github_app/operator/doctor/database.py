"""The state: is there a place for it, can the database be read, and did deliveries have to be given up? Nothing is made of it,
and no database is brought up to date beneath a service that runs."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from github_app.operator.doctor.finding import Finding
from github_app.settings.operator import Settings
from state.backlog import count_deliveries
from state.database import connect, parse_url
from state.lock import OWN_FOLDER
from state.sqlite import DatabaseUnusable, is_sqlite, sqlite_path


async def database_finding(settings: Settings) -> Finding:
    try:
        url = parse_url(settings.state_url())
    except DatabaseUnusable as problem:
        return Finding("database", "missing", str(problem))
    if is_sqlite(url):
        place = sqlite_path(url)
        if not may_be_made(place.parent):
            return Finding("database", "missing", f"can't write to {place.parent}", OWN_FOLDER)
        if not place.exists():
            return Finding("database", "ok", f"sqlite, made in {place.parent} at the first start")
    database = await connect(url)
    try:
        counts = await count_deliveries(database)
    except (ProgrammingError, OperationalError) as problem:
        if "no such table" in str(problem.orig) or isinstance(problem, ProgrammingError):
            return Finding("database", "ok", f"{database.dialect}, empty: its tables are made at the first start")
        return Finding("database", "missing", str(problem.orig), "correct HARVEST_DATABASE_URL, or start the database")
    except (DBAPIError, OSError) as problem:
        return Finding("database", "missing", str(problem), "correct HARVEST_DATABASE_URL, or restore the file from a backup")
    finally:
        await database.close()
    if counts.parked:
        advice = "`harvest jobs` names them and their errors; what was lost has to be asked for again"
        return Finding("database", "warning", f"{counts.parked} deliveries were given up", advice)
    return Finding("database", "ok", f"{database.dialect}, {counts.done} deliveries done, {counts.waiting} waiting")


def may_be_made(folder: Path) -> bool:
    """Whether the folder can be written to, or made where it is missing."""
    for place in (folder, *folder.parents):
        if place.exists():
            return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return False
