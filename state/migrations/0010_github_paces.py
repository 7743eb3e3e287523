"""What was asked of GitHub lately, for all nodes together."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

sa.Table(
    "github_paces",
    metadata,
    sa.Column("installation_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("written_at", sa.Double, nullable=False),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
