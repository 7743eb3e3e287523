"""The first tables of a session: its messages, the files it has modified, its events."""

# ruff: noqa: N999 - numbered, as migrations are

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
row_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")

sa.Table(
    "session_messages",
    metadata,
    sa.Column("number", row_number, primary_key=True, autoincrement=True),
    sa.Column("session_id", sa.Text, nullable=False),
    sa.Column("job_id", sa.Text),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.UniqueConstraint("session_id", "job_id", "role", name="one_exchange_a_job"),
    sa.Index("messages_of_a_session", "session_id", "number"),
)

sa.Table(
    "session_files",
    metadata,
    sa.Column("session_id", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
)

sa.Table(
    "session_events",
    metadata,
    sa.Column("number", row_number, primary_key=True, autoincrement=True),
    sa.Column("session_id", sa.Text, nullable=False),
    sa.Column("job_id", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.UniqueConstraint("session_id", "job_id", "position", name="one_event_a_position"),
    sa.Index("events_of_a_session", "session_id", "number"),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
