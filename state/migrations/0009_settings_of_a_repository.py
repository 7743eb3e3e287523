"""A job keeps what its repository had set when it was asked for."""

from __future__ import annotations

import sqlalchemy as sa


def upgrade(connection: sa.Connection) -> None:
    for column in ("settings", "models"):
        connection.exec_driver_sql(f"ALTER TABLE jobs ADD COLUMN {column} JSON")
