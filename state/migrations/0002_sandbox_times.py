"""How long each sandbox ran, and what it cost."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# Named here for the foreign key; the table is there since 0001.
sa.Table("jobs", metadata, sa.Column("id", sa.Text, primary_key=True))

sandbox_times = sa.Table(
    "sandbox_times",
    metadata,
    sa.Column("sandbox_id", sa.Text, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), index=True),
    sa.Column("backend", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("cpu", sa.Double, nullable=False),
    sa.Column("memory_mib", sa.Integer, nullable=False),
    sa.Column("started_at", sa.Double, nullable=False),
    sa.Column("ends_by", sa.Double, nullable=False),
    sa.Column("ended_at", sa.Double),
    sa.Column("cost_microdollars", sa.BigInteger),
)
running = sandbox_times.c.ended_at.is_(None)
sa.Index("sandboxes_running", sandbox_times.c.started_at, sqlite_where=running, postgresql_where=running)


def upgrade(connection: sa.Connection) -> None:
    sandbox_times.create(connection)
