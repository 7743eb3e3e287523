"""Deliveries that were handled are found by when, so that forgetting the old ones reads no others."""

from __future__ import annotations

import sqlalchemy as sa


def upgrade(connection: sa.Connection) -> None:
    connection.execute(sa.text("CREATE INDEX inbox_handled ON inbox (handled_at) WHERE handled_at IS NOT NULL"))
