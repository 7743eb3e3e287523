"""Small pieces of GitHub-flavoured markdown that can't be broken out of. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime


def code_span(text: str) -> str:
    """Text as inline code, fenced with one backtick more than it contains: nothing in it is a link, a mention or markup."""
    flat = " ".join(text.split())
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}" if flat else ""


def code_block(text: str, language: str) -> str:
    """Text as a block of code, fenced with one backtick more than any run of them in it: no line of it ends the block."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence, end = "`" * max(3, longest + 1), "" if text.endswith("\n") else "\n"
    return f"{fence}{language}\n{text}{end}{fence}"


def table_cell(text: str) -> str:
    """Text that can stand in a table's cell: one line, its bars escaped."""
    return " ".join(text.split()).replace("|", "\\|")


def details(summary: str, body: str) -> str:
    """A folded section. `summary` is plain text of ours; `body` is markdown."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def duration(seconds: float) -> str:
    """12 s, 3 min 20 s, 1 h 4 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def moment(at: float) -> str:
    """2026-11-30 00:53 UTC; `at` is in seconds since the epoch."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def counted(number: int, thing: str) -> str:
    """1 turn, 3 turns."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def dollars(amount: float) -> str:
    """$0.0123 for small amounts, $1.23 for large ones, and $0.00 for nothing."""
    return f"${amount:.2f}" if amount >= 0.1 or not amount else f"${amount:.4f}"


def file_size(size_bytes: int) -> str:
    """840 KB, 12 MB, 3.4 GB."""
    if size_bytes < 10**6:
        return f"{size_bytes / 10**3:.0f} KB"
    if size_bytes < 10**9:
        return f"{size_bytes / 10**6:.0f} MB"
    return f"{size_bytes / 10**9:.1f} GB"
