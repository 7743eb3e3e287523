"""Lengths of time as people write them."""

from timespan.formatting import format_span
from timespan.parsing import parse_span

__all__ = ["format_span", "parse_span"]
