"""The tool servers that a job is given, as it first saw them, and what it made of them."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# What the table below refers to.
sa.Table("jobs", metadata, sa.Column("id", sa.Text, primary_key=True))
job_tools = sa.Table(
    "job_tools",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("tools", sa.JSON, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("given_at", sa.Double, nullable=False),
    sa.Index("job_tools_by_time", "given_at"),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, tables=[job_tools], checkfirst=False)
