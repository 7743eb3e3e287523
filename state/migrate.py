"""Brings a database's tables up to this code, one numbered migration after the other, in one transaction under a lock.

A migration is a file `NNNN_what_it_does.py` with `upgrade(connection)`. Once released it is never edited: its tables are
written out in it and do not follow the code's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Protocol

import sqlalchemy as sa

from state.connection import Connection

# Any constant will do, as long as every Harvest on the same Postgres uses it and nobody else does ("HARVEST" in ASCII).
ADVISORY_LOCK = 0x48415256455354

versions = sa.Table(
    "schema_versions",
    sa.MetaData(),
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("applied_at", sa.Double, nullable=False),
)


class Writable(Protocol):
    """A database as far as its migration needs it (`state/database.py`)."""

    @property
    def dialect(self) -> str: ...

    def write(self) -> AbstractAsyncContextManager[Connection]: ...


class DatabaseTooNew(Exception):
    """A newer Harvest has used this database: this one would misread it."""


@dataclass(frozen=True)
class Migration:
    number: int
    name: str
    upgrade: Callable[[sa.Connection], None]


def migrations_in(package: ModuleType) -> list[Migration]:
    """The package's migrations in order. Raises ValueError unless they are numbered 1, 2, 3, …"""
    found = []
    for module in iter_modules(package.__path__):
        match = re.fullmatch(r"(\d{4})_\w+", module.name)
        if match is None:
            raise ValueError(f"{package.__name__}.{module.name} is not named like a migration (NNNN_what_it_does)")
        upgrade = import_module(f"{package.__name__}.{module.name}").upgrade
        found.append(Migration(int(match[1]), module.name, upgrade))
    found.sort(key=lambda migration: migration.number)
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"the migrations of {package.__name__} are not numbered 1, 2, 3, … without a gap")
    return found


async def migrate(database: Writable, part: str, package: ModuleType, *, up_to: int | None = None) -> None:
    """Apply what is missing, all or nothing; a second process waits and then finds nothing to do.

    `part` names the set of tables, since two sets may share one Postgres. Raises DatabaseTooNew.
    """
    known = migrations_in(package)[:up_to]
    async with database.write() as connection:
        if database.dialect == "postgresql":
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
        await connection.run_sync(apply_missing, part, known)


def apply_missing(connection: sa.Connection, part: str, known: list[Migration]) -> None:
    versions.create(connection, checkfirst=True)
    current = connection.scalar(sa.select(sa.func.max(versions.c.version)).where(versions.c.part == part)) or 0
    if current > len(known):
        raise DatabaseTooNew(
            f"the database is at version {current} and this Harvest knows {len(known)}: "
            "start the newer Harvest again, or restore a copy from before the upgrade"
        )
    for migration in known[current:]:
        migration.upgrade(connection)
        connection.execute(versions.insert().values(part=part, version=migration.number, applied_at=time.time()))
