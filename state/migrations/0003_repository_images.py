"""Repository images, and the warm sandboxes that are made from them; jobs are found by their time."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

sa.Table(
    "repository_images",
    metadata,
    sa.Column("repository_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("installation_id", sa.BigInteger, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("image_id", sa.Text),
    sa.Column("replaced_image_id", sa.Text),
    sa.Column("sha", sa.Text),
    sa.Column("size_bytes", sa.BigInteger),
    sa.Column("built_at", sa.Double),
    sa.Column("build_seconds", sa.Double),
    sa.Column("set_up", sa.JSON, nullable=False),
    sa.Column("asked_at", sa.Double),
    sa.Column("looked_at", sa.Double),
    sa.Column("tried_at", sa.Double),
    sa.Column("tried_sha", sa.Text),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("builder", sa.Text, unique=True),
    sa.Column("builder_until", sa.Double),
)

sa.Table(
    "warm_sandboxes",
    metadata,
    sa.Column("sandbox_id", sa.Text, primary_key=True),
    sa.Column("repository_id", sa.BigInteger, nullable=False),
    sa.Column("image_id", sa.Text, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("claimed_by", sa.Text, unique=True),
    sa.Column("claimed_at", sa.Double),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
    connection.execute(sa.text("CREATE INDEX jobs_by_time ON jobs (created_at)"))
