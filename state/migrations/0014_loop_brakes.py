"""What keeps automatic work from going round and round: chores that are under way once, findings that are given to one job,
what Harvest itself pushed, and bots that are answered once an hour."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# What the tables below refer to.
sa.Table("jobs", metadata, sa.Column("id", sa.Text, primary_key=True))
sa.Table(
    "findings",
    metadata,
    sa.Column("repository_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("pull", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("head_sha", sa.Text, primary_key=True),
    sa.Column("chore", sa.Text, primary_key=True),
    sa.Column("finding", sa.Text, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), nullable=False),
    sa.Column("found_at", sa.Double, nullable=False),
)
sa.Table(
    "bot_asks",
    metadata,
    sa.Column("repository_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("thread", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("said", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
)

JOBS = (
    "ALTER TABLE jobs ADD COLUMN chore TEXT",
    "ALTER TABLE jobs ADD COLUMN pushed_sha TEXT",
    "CREATE UNIQUE INDEX one_chore_of_a_kind ON jobs (session_id, chore)"
    " WHERE chore IS NOT NULL AND state <> 'ended' AND ending IS NULL AND stop_at IS NULL",
    "CREATE INDEX jobs_by_push ON jobs (pushed_sha) WHERE pushed_sha IS NOT NULL",
)


def upgrade(connection: sa.Connection) -> None:
    new = [table for table in metadata.sorted_tables if table.name != "jobs"]
    metadata.create_all(connection, tables=new, checkfirst=False)
    for statement in JOBS:
        connection.exec_driver_sql(statement)
