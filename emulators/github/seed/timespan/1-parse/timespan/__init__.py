"""Lengths of time as people write them."""

from timespan.parsing import parse_span

__all__ = ["parse_span"]
