"""How sizes are told to people."""

from __future__ import annotations


def megabytes(size: int, *, decimals: int = 0) -> str:
    """A size in bytes as `1,024 MB`; a megabyte has a million of them."""
    return f"{size / 1_000_000:,.{decimals}f} MB"
