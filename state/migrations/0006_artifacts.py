"""What jobs leave for whoever goes on with them, where no folder is common to the nodes; whose a reservation is."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

sa.Table(
    "artifacts",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("stored_at", sa.Double, nullable=False),
)
sa.Table(
    "artifact_chunks",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
    connection.exec_driver_sql("ALTER TABLE reservations ADD COLUMN node TEXT")
