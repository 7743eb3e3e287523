"""The label and the command word that repositories have of their own."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

sa.Table(
    "own_words",
    metadata,
    sa.Column("repository_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("label", sa.Text),
    sa.Column("command", sa.Text),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
