"""One row that is written to see whether the database takes any; jobs are found by their commit."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

write_probe = sa.Table(
    "write_probe",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("written_at", sa.Double, nullable=False),
)


def upgrade(connection: sa.Connection) -> None:
    write_probe.create(connection)
    connection.execute(sa.text("CREATE INDEX jobs_by_commit ON jobs (head_sha, number) WHERE head_sha IS NOT NULL"))
