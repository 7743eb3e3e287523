"""Watches: pull requests that are kept mergeable, and what was started for each; and whether a finding was settled since."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

watches = sa.Table(
    "watches",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("installation_id", sa.BigInteger, nullable=False),
    sa.Column("repository_id", sa.BigInteger, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("pull_number", sa.Integer, nullable=False),
    sa.Column("actor_id", sa.BigInteger, nullable=False),
    sa.Column("actor_login", sa.Text, nullable=False),
    sa.Column("actor_type", sa.Text, nullable=False),
    sa.Column("inline", sa.BigInteger, nullable=False),
    sa.Column("until", sa.Text, nullable=False),
    sa.Column("budget_microdollars", sa.BigInteger, nullable=False),
    sa.Column("settle_seconds", sa.Double, nullable=False),
    sa.Column("model", sa.Text),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("branch", sa.Text, nullable=False),
    sa.Column("base_branch", sa.Text, nullable=False),
    sa.Column("head_sha", sa.Text, nullable=False),
    sa.Column("head_since", sa.Double, nullable=False),
    sa.Column("had_checks", sa.Boolean, nullable=False),
    sa.Column("told_tries", sa.Integer, nullable=False),
    sa.Column("due_at", sa.Double, nullable=False),
    sa.Column("stirred_at", sa.Double),
    sa.Column("stirs", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("ended_at", sa.Double),
    sa.Column("why", sa.Text),
    sa.Column("ended_by", sa.Text),
    sa.Column("detail", sa.Text),
    sa.Column("told_at", sa.Double),
)
sa.Index(
    "one_watch_a_pull",
    watches.c.repository_id,
    watches.c.pull_number,
    unique=True,
    sqlite_where=sa.text("ended_at IS NULL"),
    postgresql_where=sa.text("ended_at IS NULL"),
)
sa.Index(
    "watches_to_look_after",
    watches.c.due_at,
    sqlite_where=sa.text("told_at IS NULL"),
    postgresql_where=sa.text("told_at IS NULL"),
)

watch_tries = sa.Table(
    "watch_tries",
    metadata,
    sa.Column("watch_id", sa.Text, sa.ForeignKey("watches.id"), primary_key=True),
    sa.Column("job_id", sa.Text, primary_key=True),
    sa.Column("head_sha", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("findings", sa.JSON, nullable=False),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
    false = "false" if connection.dialect.name == "postgresql" else "0"
    connection.exec_driver_sql(f"ALTER TABLE findings ADD COLUMN settled BOOLEAN NOT NULL DEFAULT {false}")
