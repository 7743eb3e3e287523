"""Sandboxes whose cost is not known yet are found without reading all of them."""

from __future__ import annotations

import sqlalchemy as sa


def upgrade(connection: sa.Connection) -> None:
    connection.exec_driver_sql(
        "CREATE INDEX sandboxes_without_cost ON sandbox_times (ended_at)"
        " WHERE cost_microdollars IS NULL AND ended_at IS NOT NULL"
    )
