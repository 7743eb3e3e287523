"""People who may not ask and did, more of them at once than are answered: where a repository's own people can mend that."""

from __future__ import annotations

import time

from sqlalchemy.exc import DBAPIError

from github_app.commands.strangers import NOTE
from github_app.operator.doctor.finding import Finding
from github_app.settings.operator import Settings
from state.backlog import count_noted
from state.database import connect, parse_url
from state.sqlite import DatabaseUnusable, is_sqlite, sqlite_path

A_DAY = 24 * 60 * 60

LIMIT_COMMENTS = (
    "GitHub can limit who may comment: https://docs.github.com/en/communities/moderating-comments-and-conversations/"
    "limiting-interactions-in-your-repository"
)


async def strangers_findings(settings: Settings) -> list[Finding]:
    """Nothing where there were few, and where the database has a finding of its own."""
    try:
        url = parse_url(settings.state_url())
    except DatabaseUnusable:
        return []
    if is_sqlite(url) and not sqlite_path(url).exists():
        return []
    database = await connect(url)
    try:
        passed_over = await count_noted(database, NOTE, since=time.time() - A_DAY)
    except (DBAPIError, OSError):
        return []
    finally:
        await database.close()
    if not passed_over:
        return []
    detail = f"{passed_over} requests of people who may not ask were passed over within a day: too many came at once"
    return [Finding("strangers", "warning", detail, LIMIT_COMMENTS)]
