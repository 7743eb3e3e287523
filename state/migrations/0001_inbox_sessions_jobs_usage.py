"""The first tables: inbox, sessions, jobs, usage, and the processes that are alive."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
row_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("number", row_number, primary_key=True, autoincrement=True),
    sa.Column("delivery_id", sa.Text, nullable=False, unique=True),
    sa.Column("domain_key", sa.Text, unique=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("action", sa.Text),
    sa.Column("received_at", sa.Double, nullable=False),
    sa.Column("due_at", sa.Double, nullable=False),
    sa.Column("taken", sa.Boolean, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("parked_at", sa.Double),
    sa.Column("handled_version", sa.Integer),
    sa.Column("handled_at", sa.Double),
    sa.Column("note", sa.Text),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
undone = sa.and_(inbox.c.handled_version.is_(None), inbox.c.parked_at.is_(None))
sa.Index("inbox_undone", inbox.c.number, inbox.c.due_at, inbox.c.attempts, sqlite_where=undone, postgresql_where=undone)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("installation_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("repository_id", sa.BigInteger, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("thread", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("branch", sa.Text),
    sa.Column("base_branch", sa.Text),
    sa.Column("pull_number", sa.Integer),
    sa.Column("comment_id", sa.BigInteger),
    sa.Column("snapshot_id", sa.Text),
    sa.Column("agent_session_id", sa.Text, nullable=False),
    sa.Column("agent_model", sa.Text),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("updated_at", sa.Double, nullable=False),
    sa.UniqueConstraint("repository_id", "thread", name="one_session_a_thread"),
    sa.UniqueConstraint("repository_id", "pull_number", name="one_session_a_pull"),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("number", row_number, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("session_id", sa.Text, sa.ForeignKey("sessions.id"), nullable=False),
    sa.Column("installation_id", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("request", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("stage", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("base_sha", sa.Text),
    sa.Column("head_sha", sa.Text),
    sa.Column("sandbox_id", sa.Text),
    sa.Column("check_run_id", sa.BigInteger),
    sa.Column("gateway_token_sha256", sa.Text, unique=True),
    sa.Column("budget_microdollars", sa.BigInteger),
    sa.Column("deadline", sa.Double),
    sa.Column("stop_by", sa.Text),
    sa.Column("stop_why", sa.Text),
    sa.Column("stop_at", sa.Double),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("started_at", sa.Double),
    sa.Column("ended_at", sa.Double),
    sa.Index("jobs_of_a_session", "session_id", "number"),
    sa.Index("jobs_by_state", "state", "number"),
    sqlite_autoincrement=True,
)

sa.Table(
    "job_stages",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("stage", sa.Text, primary_key=True),
    sa.Column("started_at", sa.Double, nullable=False),
)

sa.Table(
    "usage",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("requests", sa.BigInteger, nullable=False),
    sa.Column("input_tokens", sa.BigInteger, nullable=False),
    sa.Column("output_tokens", sa.BigInteger, nullable=False),
    sa.Column("cache_read_tokens", sa.BigInteger, nullable=False),
    sa.Column("cache_write_tokens", sa.BigInteger, nullable=False),
    sa.Column("cost_microdollars", sa.BigInteger, nullable=False),
)

sa.Table(
    "executors",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("seen_at", sa.Double, nullable=False),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
