"""What is needed to find what is old: snapshots and logs by their sessions, steps by their time."""

from __future__ import annotations

import sqlalchemy as sa

INDEXES = (
    "CREATE INDEX sessions_with_snapshot ON sessions (updated_at)"
    " WHERE snapshot_id IS NOT NULL AND snapshot_expired_at IS NULL",
    "CREATE INDEX sessions_with_log ON sessions (log_since) WHERE log_since IS NOT NULL",
    "CREATE INDEX steps_by_time ON job_steps (started_at)",
)


def upgrade(connection: sa.Connection) -> None:
    seconds = sa.Double().compile(dialect=connection.dialect)
    for column in ("snapshot_expired_at", "log_since"):
        connection.exec_driver_sql(f"ALTER TABLE sessions ADD COLUMN {column} {seconds}")
    connection.exec_driver_sql("UPDATE sessions SET log_since = created_at")
    for index in INDEXES:
        connection.exec_driver_sql(index)
