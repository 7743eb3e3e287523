"""A node whose jobs nobody else can go on with says so."""

from __future__ import annotations

import sqlalchemy as sa


def upgrade(connection: sa.Connection) -> None:
    false = "false" if connection.dialect.name == "postgresql" else "0"
    connection.exec_driver_sql(f"ALTER TABLE executors ADD COLUMN alone BOOLEAN NOT NULL DEFAULT {false}")
