"""What stands on a session's surfaces, in a table of its own: for each thing its place, its id, and what it says."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
sa.Table("sessions", metadata, sa.Column("id", sa.Text, primary_key=True))
posts = sa.Table(
    "posts",
    metadata,
    sa.Column("session_id", sa.Text, sa.ForeignKey("sessions.id"), primary_key=True),
    sa.Column("surface", sa.Text, primary_key=True),
    sa.Column("place", sa.Text, primary_key=True),
    sa.Column("github_id", sa.BigInteger),
    sa.Column("moment", sa.Text),
    sa.Column("look", sa.Text),
    sa.Column("written_at", sa.Double),
)

COMMENTS = """
    INSERT INTO posts (session_id, surface, place, github_id)
    SELECT id, 'comment', 'thread', comment_id FROM sessions WHERE comment_id IS NOT NULL
"""
CHECK_RUNS = """
    INSERT INTO posts (session_id, surface, place, github_id)
    SELECT session_id, 'check run', id || '/' || head_sha, check_run_id FROM jobs
    WHERE check_run_id IS NOT NULL AND head_sha IS NOT NULL AND state != 'ended'
"""


def upgrade(connection: sa.Connection) -> None:
    posts.create(connection)
    for statement in (
        COMMENTS,
        CHECK_RUNS,
        "ALTER TABLE sessions DROP COLUMN comment_id",
        "ALTER TABLE jobs DROP COLUMN check_run_id",
    ):
        connection.exec_driver_sql(statement)
