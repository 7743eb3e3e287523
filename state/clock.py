"""The database's own clock, in seconds since the epoch: what machines compare with each other goes by it, because their own
clocks may differ."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from state.connection import Connection


class database_now(FunctionElement[float]):  # noqa: N801 - it is called like a function of SQL's
    """The time at which the statement runs, and not at which its transaction began."""

    type = sa.Double()
    inherit_cache = True


@compiles(database_now, "sqlite")
def _in_sqlite(_element: database_now, _compiler: Any, **_options: Any) -> str:
    # `unixepoch('subsec')` says the same, and older SQLites don't know it.
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(database_now, "postgresql")
def _in_postgres(_element: database_now, _compiler: Any, **_options: Any) -> str:
    return "CAST(EXTRACT(epoch FROM clock_timestamp()) AS double precision)"


async def time_of(connection: Connection) -> float:
    """The database's time now. On SQLite it is this machine's, and need not be asked for."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(await connection.scalar(sa.select(database_now())) or 0.0)
