"""A job keeps its ask: command, origin, actor and target, where there was one flat request."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

jobs = sa.Table(
    "jobs",
    sa.MetaData(),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("session_id", sa.Text),
    sa.Column("installation_id", sa.BigInteger),
    sa.Column("kind", sa.Text),
    sa.Column("ask", sa.JSON),
)
sessions = sa.Table(
    "sessions",
    sa.MetaData(),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("repository_id", sa.BigInteger),
    sa.Column("repository", sa.Text),
)

# What it was asked by, in the words of both.
BY = {"issue": "label", "comment": "comment", "button": "button"}


def upgrade(connection: sa.Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE jobs RENAME COLUMN request TO ask")
    columns = (jobs.c.number, jobs.c.installation_id, jobs.c.kind, jobs.c.ask, sessions.c.repository_id, sessions.c.repository)
    rows = sa.select(*columns).join(sessions, sessions.c.id == jobs.c.session_id)
    for number, installation_id, kind, request, repository_id, repository in connection.execute(rows).all():
        ask = ask_of(request, installation_id, kind, repository_id, repository)
        connection.execute(sa.update(jobs).where(jobs.c.number == number).values(ask=ask))


def ask_of(request: dict[str, Any], installation_id: int, kind: str, repository_id: int, repository: str) -> dict[str, Any]:
    """The ask that says what the request said."""
    return {
        "command": {"verb": "do", "text": request.get("prompt", "")},
        "origin": {
            "by": BY[request.get("trigger", "issue")],
            "id": request.get("trigger_id", 0),
            "at": request.get("asked_at", ""),
        },
        "actor": {"id": request.get("asked_by_id", 0), "login": request.get("asked_by", "")},
        "target": {
            "installation_id": installation_id,
            "repository": {
                "id": repository_id,
                "full_name": repository,
                "default_branch": request.get("default_branch", "main"),
                "size_kb": request.get("repository_kb", 0),
            },
            "thread": request.get("thread", 0),
            "place": kind,
            "title": request.get("title", ""),
            "body": request.get("body", ""),
            "author": request.get("issue_author", ""),
            "pull": request.get("pull"),
        },
    }
