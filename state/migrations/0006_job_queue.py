"""The queue of jobs: rows of those that wait or run."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# Named here for the foreign key; the table is there since 0001.
sa.Table("jobs", metadata, sa.Column("id", sa.Text, primary_key=True))

job_queue = sa.Table(
    "job_queue",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), nullable=False, unique=True),
    sa.Column("session_id", sa.Text, nullable=False),
    sa.Column("installation_id", sa.BigInteger, nullable=False),
    sa.Column("holder", sa.Text),
    sa.Column("step", sa.Integer),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("begun_at", sa.Double),
    sa.Index("queue_of_a_session", "session_id", "number"),
)
running = job_queue.c.holder.is_not(None)
sa.Index("queue_running", job_queue.c.installation_id, sqlite_where=running, postgresql_where=running)


def upgrade(connection: sa.Connection) -> None:
    job_queue.create(connection)
