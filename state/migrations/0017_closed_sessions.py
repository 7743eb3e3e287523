"""When the thread of a session was closed: what it keeps is put away some time after that."""

from __future__ import annotations

import sqlalchemy as sa


def upgrade(connection: sa.Connection) -> None:
    seconds = sa.Double().compile(dialect=connection.dialect)
    connection.exec_driver_sql(f"ALTER TABLE sessions ADD COLUMN closed_at {seconds}")
