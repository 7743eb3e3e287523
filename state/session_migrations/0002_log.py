"""The log in the place of the events: one numbered order for what the agent did and what Harvest did."""

# ruff: noqa: N999 - numbered, as migrations are

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

log = sa.Table(
    "session_log",
    metadata,
    sa.Column("session_id", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("job_id", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.UniqueConstraint("session_id", "job_id", "key", name="one_entry_a_key"),
)
sa.Index(
    "log_of_harvest",
    log.c.session_id,
    log.c.number,
    sqlite_where=sa.text("kind != 'agent'"),
    postgresql_where=sa.text("kind != 'agent'"),
)

sa.Table(
    "session_log_ends",
    metadata,
    sa.Column("session_id", sa.Text, primary_key=True),
    sa.Column("last_number", sa.BigInteger, nullable=False),
)

# When an event came was not written down.
COPY = """
    INSERT INTO session_log (session_id, number, job_id, at, kind, key, body)
    SELECT session_id, row_number() OVER (PARTITION BY session_id ORDER BY number), job_id, 0, 'agent',
           'agent/' || position, event
    FROM session_events
"""
ENDS = "INSERT INTO session_log_ends SELECT session_id, max(number) FROM session_log GROUP BY session_id"


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
    for statement in (COPY, ENDS, "DROP TABLE session_events"):
        connection.exec_driver_sql(statement)
