"""Writes a length of time."""

from timespan.units import SECOND, UNITS


def format_span(seconds: float) -> str:
    """A length of time in whole units, largest first: `5400` is `1h 30m`. Units that are zero are left out."""
    if seconds < 0:
        return f"-{format_span(-seconds)}"
    rest = seconds
    parts = []
    for symbol, size in UNITS:
        if size == SECOND:
            count = round(rest)
        else:
            count = int(rest // size)
            rest -= count * size
        if count:
            parts.append(f"{count}{symbol}")
    return " ".join(parts) or "0s"
