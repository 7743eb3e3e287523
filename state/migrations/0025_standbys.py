"""Agents that were started and wait for their session's next job."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

sa.Table("sessions", metadata, sa.Column("id", sa.Text, primary_key=True))
standbys = sa.Table(
    "standbys",
    metadata,
    sa.Column("session_id", sa.Text, sa.ForeignKey("sessions.id"), primary_key=True),
    sa.Column("sandbox_id", sa.Text, unique=True, nullable=False),
    sa.Column("snapshot_id", sa.Text, nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("begun_as", sa.Text, nullable=False),
    sa.Column("token_sha256", sa.Text, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, tables=[standbys], checkfirst=False)
