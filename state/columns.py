"""The column types that the tables share, chosen to mean the same on SQLite and on Postgres.

Times are seconds since the epoch (UTC) as doubles. Money is micro-dollars (a millionth of a dollar) as integers, because
sums of floats drift. Nothing here knows a table.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

MICRODOLLARS_PER_DOLLAR = 1_000_000

Seconds = sa.Double
Microdollars = sa.BigInteger
# GitHub's ids passed 2^31 long ago.
GitHubId = sa.BigInteger
# SQLite counts rows by itself only in a column of type INTEGER; Postgres needs the wide one.
RowNumber = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class ForeignText(TypeDecorator[str]):
    """Text that somebody else wrote: a title, a message, an agent's words.

    NUL can't be stored in Postgres and half a surrogate pair can't be stored anywhere, so both become U+FFFD on the way in.
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """The text with what no database can hold (NUL, lone surrogates) replaced by U+FFFD."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def to_microdollars(dollars: float) -> int:
    """Dollars as whole micro-dollars, rounded to the nearest."""
    return round(dollars * MICRODOLLARS_PER_DOLLAR)


def to_dollars(microdollars: int) -> float:
    """Micro-dollars as dollars, for showing."""
    return microdollars / MICRODOLLARS_PER_DOLLAR
