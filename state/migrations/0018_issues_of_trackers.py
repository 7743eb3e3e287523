"""The issues of another tracker that a job brought in, and what is to be told in them."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# What the tables below refer to.
jobs = sa.Table("jobs", metadata, sa.Column("id", sa.Text, primary_key=True))
sessions = sa.Table("sessions", metadata, sa.Column("id", sa.Text, primary_key=True))
job_issues = sa.Table(
    "job_issues",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("issue", sa.Text, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("server", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("pinned_at", sa.Double, nullable=False),
    sa.Index("job_issues_by_time", "pinned_at"),
)
issue_notes = sa.Table(
    "issue_notes",
    metadata,
    sa.Column("session_id", sa.Text, sa.ForeignKey("sessions.id"), primary_key=True),
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("issue", sa.Text, primary_key=True),
    sa.Column("moment", sa.Text, primary_key=True),
    sa.Column("pull", sa.Integer, primary_key=True),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("made_at", sa.Double, nullable=False),
    sa.Column("due_at", sa.Double, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("settled_at", sa.Double),
    sa.Column("outcome", sa.Text),
    sa.Index("issue_notes_by_time", "made_at"),
)
sa.Index(
    "issue_notes_to_tell",
    issue_notes.c.due_at,
    sqlite_where=sa.text("settled_at IS NULL"),
    postgresql_where=sa.text("settled_at IS NULL"),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, tables=[job_issues, issue_notes], checkfirst=False)
