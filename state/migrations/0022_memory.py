"""What is kept of earlier work: facts, directives and lessons."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
RowNumber = sa.BigInteger().with_variant(sa.Integer, "sqlite")

memory = sa.Table(
    "memory",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("installation_id", sa.BigInteger, nullable=False),
    sa.Column("repository_id", sa.BigInteger, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("private", sa.Boolean, nullable=False),
    sa.Column("everywhere", sa.Boolean, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("text_sha256", sa.Text, nullable=False),
    sa.Column("standing", sa.Text, nullable=False),
    sa.Column("said_by", sa.Text, nullable=False),
    sa.Column("job_id", sa.Text, nullable=False),
    sa.Column("thread", sa.Integer, nullable=False),
    sa.Column("comment", sa.BigInteger, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("quote", sa.Text, nullable=False),
    sa.Column("sha", sa.Text, nullable=False),
    sa.Column("seen", sa.Boolean, nullable=False),
    sa.Column("decided_by", sa.Text, nullable=False),
    sa.Column("proposed_at", sa.Double, nullable=False),
    sa.Column("changed_at", sa.Double, nullable=False),
    sa.UniqueConstraint("installation_id", "repository_id", "text_sha256", name="one_entry_a_text"),
    sa.Index("memory_of_a_job", "job_id"),
    sqlite_autoincrement=True,
)
sa.Index(
    "memory_not_kept",
    memory.c.changed_at,
    sqlite_where=sa.text("standing != 'approved'"),
    postgresql_where=sa.text("standing != 'approved'"),
)
sa.Index(
    "memory_everywhere",
    memory.c.installation_id,
    sqlite_where=sa.text("everywhere = 1"),
    postgresql_where=sa.text("everywhere"),
)


def upgrade(connection: sa.Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
