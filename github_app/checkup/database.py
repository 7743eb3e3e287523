"""The database: can it be opened and written, and did deliveries have to be given up?"""

from __future__ import annotations

from github_app.checkup.finding import Finding
from github_app.server import database_url
from github_app.settings import Settings
from state.database import Database, DatabaseUnusable
from state.inbox import Inbox


async def database_finding(settings: Settings) -> Finding:
    try:
        database = await Database.open(database_url(settings))
    except (DatabaseUnusable, OSError) as problem:
        advice = "make HARVEST_STATE_DIR writable, or correct HARVEST_DATABASE_URL"
        return Finding("database", "missing", str(problem), advice)
    try:
        counts = await Inbox(database, handler_version=0).counts()
        dialect = database.dialect
    finally:
        await database.close()
    if counts.parked:
        advice = "`harvest jobs` names them and their errors; what was lost has to be asked for again"
        return Finding("database", "warning", f"{counts.parked} deliveries were given up", advice)
    return Finding("database", "ok", f"{dialect}, {counts.done} deliveries done, {counts.waiting} waiting")
