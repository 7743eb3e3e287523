"""What time it is at GitHub, and how GitHub writes it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment in UTC; GitHub's times have no fractions of a second."""
    return datetime.now(UTC).replace(microsecond=0)


def stamp(moment: datetime) -> str:
    """`2026-01-31T08:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def maybe_stamp(moment: datetime | None) -> str | None:
    """Like `stamp`; `None` stays `None`, as GitHub's nullable times do."""
    return None if moment is None else stamp(moment)


def parse_stamp(text: str) -> datetime:
    """A time as a client writes it, `Z` or an offset at its end. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
