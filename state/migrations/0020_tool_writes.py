"""What agents have written on GitHub by tools."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# What the table below refers to.
sa.Table("jobs", metadata, sa.Column("id", sa.Text, primary_key=True))
tool_writes = sa.Table(
    "tool_writes",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("begun_at", sa.Double, nullable=False),
    sa.Column("tried_at", sa.Double, nullable=False),
    sa.Column("written", sa.Text),
    sa.Index("tool_writes_by_time", "begun_at"),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, tables=[tool_writes], checkfirst=False)
