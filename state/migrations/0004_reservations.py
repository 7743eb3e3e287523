"""What requests to the model that are under way may cost at most."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

jobs = sa.Table("jobs", metadata, sa.Column("id", sa.Text, primary_key=True))

reservations = sa.Table(
    "reservations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("most_microdollars", sa.BigInteger, nullable=False),
    sa.Column("made_at", sa.Double, nullable=False),
    sa.Index("reservations_of_a_job", "job_id"),
)


def upgrade(connection: sa.Connection) -> None:
    reservations.create(connection, checkfirst=False)
