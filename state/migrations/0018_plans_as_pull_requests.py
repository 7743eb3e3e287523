"""The pull request that shows a session's plan."""

from __future__ import annotations

import sqlalchemy as sa


def upgrade(connection: sa.Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE sessions ADD COLUMN plan_pull INTEGER")
    connection.exec_driver_sql(
        "CREATE UNIQUE INDEX sessions_by_plan_pull ON sessions (repository_id, plan_pull) WHERE plan_pull IS NOT NULL"
    )
