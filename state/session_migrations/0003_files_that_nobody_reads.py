"""The files that a session has modified are not kept any more: nobody read them."""

# ruff: noqa: N999 - numbered, as migrations are

from __future__ import annotations

import sqlalchemy as sa


def upgrade(connection: sa.Connection) -> None:
    connection.exec_driver_sql("DROP TABLE session_files")
