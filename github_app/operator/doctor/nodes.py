"""The nodes on one Postgres: can they go on with each other's jobs?"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from github_app.operator.doctor.finding import Finding
from github_app.settings.operator import Settings
from state.database import connect, parse_url
from state.executors import ONE_NODE, living
from state.sqlite import DatabaseUnusable, is_sqlite


async def nodes_findings(settings: Settings) -> list[Finding]:
    """Nothing on SQLite, and where the database has a finding of its own."""
    try:
        url = parse_url(settings.state_url())
    except DatabaseUnusable:
        return []
    if is_sqlite(url):
        return []
    database = await connect(url)
    try:
        async with database.read() as connection:
            alone = [row.alone for row in (await connection.execute(living())).all()]
    except (DBAPIError, OSError):
        return []
    finally:
        await database.close()
    if not alone:
        return [Finding("nodes", "ok", "none is at work now")]
    local = settings.sandbox == "local"
    if any(alone) != local or (local and len(alone) > 1):
        whose = "one has" if any(alone) else "none has"
        detail = f"{len(alone)} at work, of which {whose} local sandboxes, and HARVEST_SANDBOX is {settings.sandbox}"
        return [Finding("nodes", "missing", detail, ONE_NODE)]
    return [Finding("nodes", "ok", f"{len(alone)} at work")]
