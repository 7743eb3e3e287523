"""Deliveries as tests put them into an inbox, and take them out of it."""

from __future__ import annotations

import time
import zlib
from typing import Any

import sqlalchemy as sa

from state.database import Database
from state.inbox import CLAIM_ROWS, Inbox
from state.row_writers import Accepted


async def accept(inbox: Inbox, delivery_id: str, domain_key: str | None = None, body: bytes = b"{}", **line: Any) -> Accepted:
    """Each delivery is of a repository of its own, unless `line` says otherwise."""
    return await inbox.accept(
        delivery_id=delivery_id,
        domain_key=domain_key,
        event="issues",
        action="labeled",
        body=body,
        received_at=time.time(),
        **{"repository_id": zlib.crc32(delivery_id.encode("utf-8", "surrogatepass")), **line},
    )


async def let_pass(database: Database, seconds: float) -> None:
    """As the leases see it."""
    async with database.write() as connection:
        await connection.execute(sa.text("UPDATE inbox SET due_at = due_at - :s WHERE holder IS NOT NULL"), {"s": seconds})


async def taken(inbox: Inbox, limit: int = CLAIM_ROWS) -> list[str]:
    return [delivery.delivery_id for delivery in await inbox.claim(limit)]
