"""The pull request that shows a session's plan, and when that of its work was last edited by somebody else than Harvest."""

from __future__ import annotations

import sqlalchemy as sa


def upgrade(connection: sa.Connection) -> None:
    seconds = sa.Double().compile(dialect=connection.dialect)
    for column in ("plan_pull INTEGER", f"pull_edited_at {seconds}"):
        connection.exec_driver_sql(f"ALTER TABLE sessions ADD COLUMN {column}")
    connection.exec_driver_sql(
        "CREATE UNIQUE INDEX sessions_by_plan_pull ON sessions (repository_id, plan_pull) WHERE plan_pull IS NOT NULL"
    )
