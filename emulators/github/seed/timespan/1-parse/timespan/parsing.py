"""Reads a length of time."""

import re

from timespan.units import SPELLINGS

_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")


def parse_span(text: str) -> float:
    """The seconds that a text such as `1h 30m` or `90 min` means. Raises ValueError for anything else."""
    rest = text.strip().lower()
    negative = rest.startswith("-")
    rest = rest.lstrip("+-").strip()
    seconds = 0.0
    seen = set()
    while rest:
        part = _PART.match(rest)
        if part is None:
            raise ValueError(f"not a length of time: {text!r}")
        number, spelling = part.groups()
        unit = SPELLINGS.get(spelling)
        if unit is None:
            raise ValueError(f"unknown unit {spelling!r} in {text!r}")
        if unit in seen:
            raise ValueError(f"{spelling!r} stands twice in {text!r}")
        seen.add(unit)
        seconds += float(number) * unit
        rest = rest[part.end() :].lstrip(" ,")
    if not seen:
        raise ValueError("a length of time is empty")
    return -seconds if negative else seconds
