"""Questions that agents have for people, and the jobs in other repositories that they ask for."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

sa.Table("jobs", metadata, sa.Column("id", sa.Text, primary_key=True))
sa.Table("sessions", metadata, sa.Column("id", sa.Text, primary_key=True))
questions = sa.Table(
    "questions",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("session_id", sa.Text, sa.ForeignKey("sessions.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("default_answer", sa.Text, nullable=False),
    sa.Column("asked_at", sa.Double, nullable=False),
    sa.Column("due_at", sa.Double),
    sa.Column("look_at", sa.Double),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("taken_by", sa.Text),
    sa.Column("closed_at", sa.Double),
    sa.Column("why", sa.Text),
)
sa.Index(
    "questions_to_look_at",
    questions.c.look_at,
    sqlite_where=sa.text("closed_at IS NULL"),
    postgresql_where=sa.text("closed_at IS NULL"),
)
sa.Index("questions_of_a_session", questions.c.session_id)

children = sa.Table(
    "children",
    metadata,
    sa.Column("parent_job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("task", sa.Text, nullable=False),
    sa.Column("asked_at", sa.Double, nullable=False),
    sa.Column("repository_id", sa.BigInteger),
    sa.Column("issue", sa.Integer),
    sa.Column("job_id", sa.Text),
    sa.Column("refusal", sa.Text),
    sa.Column("stop_by", sa.Text),
    sa.Column("look_at", sa.Double, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("over_at", sa.Double),
    sa.UniqueConstraint("parent_job_id", "digest"),
)
sa.Index(
    "children_to_look_after",
    children.c.look_at,
    sqlite_where=sa.text("over_at IS NULL"),
    postgresql_where=sa.text("over_at IS NULL"),
)
sa.Index(
    "children_by_job",
    children.c.job_id,
    sqlite_where=sa.text("job_id IS NOT NULL"),
    postgresql_where=sa.text("job_id IS NOT NULL"),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, tables=[questions, children], checkfirst=False)
