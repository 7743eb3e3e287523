"""What one node does at a time."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text),
    sa.Column("held_until", sa.Double, nullable=False),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
