"""What is spent on the model, as rows: what each job has used of each one, and what its requests under way may still cost at
most. Money is in micro-dollars."""

from __future__ import annotations

import sqlalchemy as sa

from state.columns import Microdollars, Seconds
from state.jobs import jobs
from state.tables import metadata

usage = sa.Table(
    "usage",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), primary_key=True),
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("requests", sa.BigInteger, nullable=False),
    sa.Column("input_tokens", sa.BigInteger, nullable=False),
    sa.Column("output_tokens", sa.BigInteger, nullable=False),
    sa.Column("cache_read_tokens", sa.BigInteger, nullable=False),
    sa.Column("cache_write_tokens", sa.BigInteger, nullable=False),
    sa.Column("cost_microdollars", Microdollars, nullable=False),
)

reservations = sa.Table(
    "reservations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("most_microdollars", Microdollars, nullable=False),
    sa.Column("made_at", Seconds, nullable=False),
    sa.Column("node", sa.Text),
    sa.Index("reservations_of_a_job", "job_id"),
)


def spent_by_job(job_id: str) -> sa.ScalarSelect[int]:
    """What this job has spent so far."""
    return (
        sa.select(sa.func.coalesce(sa.func.sum(usage.c.cost_microdollars), 0))
        .where(usage.c.job_id == job_id)
        .scalar_subquery()
    )


def spent_by_session(session_id: str) -> sa.ScalarSelect[int]:
    """What all the session's jobs have spent so far."""
    its = usage.join(jobs, jobs.c.id == usage.c.job_id)
    spent = sa.select(sa.func.coalesce(sa.func.sum(usage.c.cost_microdollars), 0)).select_from(its)
    return spent.where(jobs.c.session_id == session_id).scalar_subquery()
