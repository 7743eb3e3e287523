"""What of questions and children is old is found without reading them all."""

from __future__ import annotations

import sqlalchemy as sa


def upgrade(connection: sa.Connection) -> None:
    connection.exec_driver_sql("CREATE INDEX questions_by_time ON questions (asked_at)")
    connection.exec_driver_sql("CREATE INDEX children_over ON children (over_at) WHERE over_at IS NOT NULL")
