"""The first tables: inbox, sessions, jobs with their steps and queue, usage, sandboxes, images, and the living processes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()
row_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")

executors = sa.Table(
    "executors",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("seen_at", sa.Double, nullable=False),
)

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
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("parked_at", sa.Double),
    sa.Column("handled_version", sa.Integer),
    sa.Column("handled_at", sa.Double),
    sa.Column("note", sa.Text),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("repository_id", sa.BigInteger, nullable=False),
    sa.Column("thread", sa.Integer),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("suspect", sa.Boolean, nullable=False),
    sa.Column("holder", sa.Text),
    sa.Column("begun_at", sa.Double),
    sqlite_autoincrement=True,
)
sa.Index(
    "inbox_handled",
    inbox.c.handled_at,
    sqlite_where=sa.text("handled_at IS NOT NULL"),
    postgresql_where=sa.text("handled_at IS NOT NULL"),
)
sa.Index(
    "inbox_in_hand",
    inbox.c.repository_id,
    inbox.c.thread,
    sqlite_where=sa.text("holder IS NOT NULL"),
    postgresql_where=sa.text("holder IS NOT NULL"),
)
sa.Index(
    "inbox_in_line",
    inbox.c.repository_id,
    inbox.c.number,
    inbox.c.thread,
    sqlite_where=sa.text("handled_version IS NULL AND parked_at IS NULL"),
    postgresql_where=sa.text("handled_version IS NULL AND parked_at IS NULL"),
)
sa.Index(
    "inbox_parked",
    inbox.c.number,
    sqlite_where=sa.text("parked_at IS NOT NULL"),
    postgresql_where=sa.text("parked_at IS NOT NULL"),
)
sa.Index(
    "inbox_served",
    inbox.c.repository_id,
    inbox.c.begun_at,
    sqlite_where=sa.text("begun_at IS NOT NULL"),
    postgresql_where=sa.text("begun_at IS NOT NULL"),
)
sa.Index(
    "inbox_suspects",
    inbox.c.attempts,
    inbox.c.number,
    sqlite_where=sa.text("handled_version IS NULL AND parked_at IS NULL AND suspect = 1"),
    postgresql_where=sa.text("handled_version IS NULL AND parked_at IS NULL AND suspect"),
)
sa.Index(
    "inbox_undone",
    inbox.c.number,
    inbox.c.due_at,
    inbox.c.attempts,
    sqlite_where=sa.text("handled_version IS NULL AND parked_at IS NULL"),
    postgresql_where=sa.text("handled_version IS NULL AND parked_at IS NULL"),
)
sa.Index(
    "inbox_urgent",
    inbox.c.repository_id,
    inbox.c.number,
    sqlite_where=sa.text("handled_version IS NULL AND parked_at IS NULL AND urgent = 1"),
    postgresql_where=sa.text("handled_version IS NULL AND parked_at IS NULL AND urgent"),
)

marks = sa.Table(
    "marks",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("read_until", sa.Text, nullable=False),
    sa.Column("etag", sa.Text),
)

repository_images = sa.Table(
    "repository_images",
    metadata,
    sa.Column("repository_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("installation_id", sa.BigInteger, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("image_id", sa.Text),
    sa.Column("replaced_image_id", sa.Text),
    sa.Column("sha", sa.Text),
    sa.Column("size_bytes", sa.BigInteger),
    sa.Column("built_at", sa.Double),
    sa.Column("build_seconds", sa.Double),
    sa.Column("set_up", sa.JSON, nullable=False),
    sa.Column("asked_at", sa.Double),
    sa.Column("looked_at", sa.Double),
    sa.Column("tried_at", sa.Double),
    sa.Column("tried_sha", sa.Text),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("builder", sa.Text, unique=True),
    sa.Column("builder_until", sa.Double),
)

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
    sa.UniqueConstraint("repository_id", "pull_number", name="one_session_a_pull"),
    sa.UniqueConstraint("repository_id", "thread", name="one_session_a_thread"),
)

warm_sandboxes = sa.Table(
    "warm_sandboxes",
    metadata,
    sa.Column("sandbox_id", sa.Text, primary_key=True),
    sa.Column("repository_id", sa.BigInteger, nullable=False),
    sa.Column("image_id", sa.Text, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("claimed_by", sa.Text, unique=True),
    sa.Column("claimed_at", sa.Double),
)

write_probe = sa.Table(
    "write_probe",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("written_at", sa.Double, nullable=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("number", row_number, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("session_id", sa.Text, sa.ForeignKey("sessions.id"), nullable=False),
    sa.Column("installation_id", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("recipe", sa.Text, nullable=False),
    sa.Column("request", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("step", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("ending", sa.JSON),
    sa.Column("report", sa.JSON),
    sa.Column("head_sha", sa.Text),
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
    sa.Index("jobs_by_state", "state", "number"),
    sa.Index("jobs_by_time", "created_at"),
    sa.Index("jobs_of_a_session", "session_id", "number"),
    sqlite_autoincrement=True,
)
sa.Index(
    "jobs_by_commit",
    jobs.c.head_sha,
    jobs.c.number,
    sqlite_where=sa.text("head_sha IS NOT NULL"),
    postgresql_where=sa.text("head_sha IS NOT NULL"),
)

job_queue = sa.Table(
    "job_queue",
    metadata,
    sa.Column("number", row_number, primary_key=True, autoincrement=False),
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), nullable=False, unique=True),
    sa.Column("session_id", sa.Text, nullable=False),
    sa.Column("installation_id", sa.BigInteger, nullable=False),
    sa.Column("holder", sa.Text),
    sa.Column("step", sa.Integer),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("begun_at", sa.Double),
    sa.Index("queue_of_a_session", "session_id", "number"),
)
sa.Index(
    "queue_running",
    job_queue.c.installation_id,
    sqlite_where=sa.text("holder IS NOT NULL"),
    postgresql_where=sa.text("holder IS NOT NULL"),
)

job_steps = sa.Table(
    "job_steps",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("sandbox", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("started_at", sa.Double, nullable=False),
    sa.Column("finished_at", sa.Double),
    sa.Column("result", sa.JSON),
    sa.Column("ending", sa.JSON),
)

reservations = sa.Table(
    "reservations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("most_microdollars", sa.BigInteger, nullable=False),
    sa.Column("made_at", sa.Double, nullable=False),
    sa.Index("reservations_of_a_job", "job_id"),
)

sandbox_times = sa.Table(
    "sandbox_times",
    metadata,
    sa.Column("sandbox_id", sa.Text, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), index=True),
    sa.Column("backend", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("cpu", sa.Double, nullable=False),
    sa.Column("memory_mib", sa.Integer, nullable=False),
    sa.Column("started_at", sa.Double, nullable=False),
    sa.Column("ends_by", sa.Double, nullable=False),
    sa.Column("ended_at", sa.Double),
    sa.Column("cost_microdollars", sa.BigInteger),
)
sa.Index(
    "sandboxes_running",
    sandbox_times.c.started_at,
    sqlite_where=sa.text("ended_at IS NULL"),
    postgresql_where=sa.text("ended_at IS NULL"),
)

usage = sa.Table(
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

undone = sa.and_(inbox.c.handled_version.is_(None), inbox.c.parked_at.is_(None))


def partial_index(name: str, where: sa.ColumnElement[bool], *columns: sa.Column[Any]) -> None:
    """An index of those rows alone: small, whatever the table has grown to."""
    sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
