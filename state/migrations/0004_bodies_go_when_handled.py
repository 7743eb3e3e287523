"""Deliveries that were handled keep no body, and no number of the code that handled them."""

from __future__ import annotations

import sqlalchemy as sa

inbox = sa.table(
    "inbox",
    sa.column("number"),
    sa.column("handled_at"),
    sa.column("parked_at"),
    sa.column("urgent", sa.Boolean),
    sa.column("suspect", sa.Boolean),
    sa.column("body", sa.LargeBinary),
)
UNDONE = "handled_at IS NULL AND parked_at IS NULL"
INDEXES = {
    "inbox_undone": ("number, due_at, attempts", ""),
    "inbox_in_line": ("repository_id, number, thread", ""),
    "inbox_urgent": ("repository_id, number", "urgent"),
    "inbox_suspects": ("attempts, number", "suspect"),
}


def upgrade(connection: sa.Connection) -> None:
    connection.execute(sa.update(inbox).where(inbox.c.handled_at.is_not(None)).values(body=b""))
    for name in INDEXES:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    connection.exec_driver_sql("ALTER TABLE inbox DROP COLUMN handled_version")
    for name, (columns, flag) in INDEXES.items():
        also = flag and f" AND {flag}" + (" = 1" if connection.dialect.name == "sqlite" else "")
        connection.exec_driver_sql(f"CREATE INDEX {name} ON inbox ({columns}) WHERE {UNDONE}{also}")
