"""The evidence ledger: which tests of a job's work were run, and what came of them."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# What the table below refers to.
sa.Table("jobs", metadata, sa.Column("id", sa.Text, primary_key=True))
evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("code_of", sa.Text, nullable=False),
    sa.Column("whole", sa.Boolean, nullable=False),
    sa.Column("began_at", sa.Double, nullable=False),
    sa.Column("ended_at", sa.Double),
    sa.Column("renewed_at", sa.Double, nullable=False),
    sa.Column("exit_code", sa.Integer),
    sa.Column("tree", sa.Text, nullable=False),
    sa.Column("tree_after", sa.Text, nullable=False),
    sa.Column("failed", sa.JSON, nullable=False),
    sa.Index("evidence_by_time", "began_at"),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, tables=[evidence], checkfirst=False)
