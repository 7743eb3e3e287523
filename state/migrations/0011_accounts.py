"""Jobs are held to budgets that they share: accounts, and what each job may see spent on them."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("spent_microdollars", sa.BigInteger, nullable=False),
    sa.Column("used_at", sa.Double, nullable=False),
    sa.Index("accounts_by_time", "used_at"),
)
# What the tables below refer to.
sa.Table("jobs", metadata, sa.Column("id", sa.Text, primary_key=True))
sa.Table(
    "job_accounts",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("whose", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("limit_microdollars", sa.BigInteger),
    sa.Column("set_by", sa.Text, nullable=False),
)

# The budget of a job in flight becomes an account of its own.
OWN_ACCOUNTS = (
    "INSERT INTO accounts (id, spent_microdollars, used_at)"
    " SELECT 'job/' || id, (SELECT coalesce(sum(cost_microdollars), 0) FROM usage WHERE job_id = jobs.id), created_at"
    " FROM jobs WHERE state <> 'ended' AND budget_microdollars IS NOT NULL",
    "INSERT INTO job_accounts (job_id, account, whose, period, limit_microdollars, set_by)"
    " SELECT id, 'job/' || id, 'this job', '', budget_microdollars, 'HARVEST_BUDGET_USD'"
    " FROM jobs WHERE state <> 'ended' AND budget_microdollars IS NOT NULL",
)


def upgrade(connection: sa.Connection) -> None:
    new = [table for table in metadata.sorted_tables if table.name != "jobs"]
    metadata.create_all(connection, tables=new, checkfirst=False)
    for statement in OWN_ACCOUNTS:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("ALTER TABLE jobs DROP COLUMN budget_microdollars")
