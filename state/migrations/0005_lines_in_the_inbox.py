"""Deliveries stand in line by repository and thread, and are held by a process; how far each look at GitHub has read."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# What stood there before is of no repository (0): it is handled one after the other.
COLUMNS = (
    "repository_id BIGINT NOT NULL DEFAULT 0",
    "thread INTEGER",
    "urgent BOOLEAN NOT NULL DEFAULT FALSE",
    "suspect BOOLEAN NOT NULL DEFAULT FALSE",
    "holder TEXT",
    "begun_at {seconds}",
)

inbox = sa.Table(
    "inbox",
    sa.MetaData(),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("handled_version", sa.Integer),
    sa.Column("parked_at", sa.Double),
    sa.Column("taken", sa.Boolean),
    sa.Column("due_at", sa.Double),
    sa.Column("attempts", sa.Integer),
    sa.Column("repository_id", sa.BigInteger),
    sa.Column("thread", sa.Integer),
    sa.Column("urgent", sa.Boolean),
    sa.Column("suspect", sa.Boolean),
    sa.Column("holder", sa.Text),
    sa.Column("begun_at", sa.Double),
)
undone = sa.and_(inbox.c.handled_version.is_(None), inbox.c.parked_at.is_(None))
INDEXES = (
    ("inbox_in_line", undone, ("repository_id", "number", "thread")),
    ("inbox_urgent", sa.and_(undone, inbox.c.urgent), ("repository_id", "number")),
    ("inbox_suspects", sa.and_(undone, inbox.c.suspect), ("attempts", "number")),
    ("inbox_in_hand", inbox.c.holder.is_not(None), ("repository_id", "thread")),
    ("inbox_parked", inbox.c.parked_at.is_not(None), ("number",)),
    ("inbox_served", inbox.c.begun_at.is_not(None), ("repository_id", "begun_at")),
)

marks = sa.Table(
    "marks",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("read_until", sa.Text, nullable=False),
    sa.Column("etag", sa.Text),
)


def upgrade(connection: sa.Connection) -> None:
    seconds = "DOUBLE" if connection.dialect.name == "sqlite" else "DOUBLE PRECISION"
    for column in COLUMNS:
        connection.execute(sa.text(f"ALTER TABLE inbox ADD COLUMN {column.format(seconds=seconds)}"))
    left = sa.update(inbox).where(undone, inbox.c.taken)
    connection.execute(left.values(suspect=True, due_at=0))
    connection.execute(sa.text("ALTER TABLE inbox DROP COLUMN taken"))
    for name, where, columns in INDEXES:
        sa.Index(name, *(inbox.c[column] for column in columns), sqlite_where=where, postgresql_where=where).create(connection)
    metadata.create_all(connection, checkfirst=False)
