"""Tells what of a Markdown text is code, by CommonMark's rules: there GitHub notifies nobody, closes nothing and shows every
sign.

The text is read as if it had no HTML and no autolinks in angle brackets: whoever asks must see to it that it has none.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_BACKTICKS = re.compile(r"`+")
_ESCAPE_OR_BACKTICKS = re.compile(r"\\.|`+", re.DOTALL)


# `loose` is code that may become something else where the text is put after other words, stripped, or read with HTML: a block
# that is code by its indentation alone, and a code span that goes across lines.
Kind = Literal["text", "code", "loose"]


@cache
def block_parser(*, html: bool) -> MarkdownIt:
    """CommonMark with tables, as far as its blocks go: no more is asked for, and inline parsing can be made slow."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": html, "maxNesting": 100}).enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def pieces(text: str) -> Iterator[tuple[str, Kind]]:
    """The text in pieces, in order, each with what it is. Joined, they are the text again."""
    lines = text.split("\n")
    lines[:-1] = [line + "\n" for line in lines[:-1]]
    regions: dict[int, tuple[int, Kind | Literal["paragraph"]]] = {
        start: (end, kind) for start, end, kind in _regions(block_parser(html=False).parse(text))
    }
    at = text_from = 0
    while at < len(lines):
        if at not in regions:
            at += 1
            continue
        yield "".join(lines[text_from:at]), "text"
        end, kind = regions[at]
        piece = "".join(lines[at:end])
        if kind == "paragraph":
            yield from code_spans(piece)
        else:
            yield piece, kind
        at = text_from = end
    yield "".join(lines[text_from:]), "text"


def missing_fence(text: str) -> str:
    """What closes the fenced code block that is still open at the text's end, with its line break; empty if none is."""
    tokens = block_parser(html=False).parse(text)
    if not tokens or tokens[-1].type != "fence":
        return ""
    last, marker = text.rsplit("\n", 1)[-1].strip(), tokens[-1].markup
    start, end = tokens[-1].map or (0, 0)
    closed = end - start > 1 and len(last) >= len(marker) and not last.strip(marker[0])
    return "" if closed else f"\n{marker}"


def _regions(tokens: list[Token]) -> Iterator[tuple[int, int, Kind | Literal["paragraph"]]]:
    """First line, line after the last one, and what it is, for each block of code and each paragraph.

    Rows of a table are left out: a code span can't go across their cells.
    """
    in_table = False
    for token in tokens:
        in_table = (in_table or token.type == "table_open") and token.type != "table_close"
        if token.map is None or in_table:
            continue
        if token.type == "fence":
            yield token.map[0], token.map[1], "code"
        elif token.type == "code_block":
            yield token.map[0], token.map[1], "loose"
        elif token.type == "inline":
            yield token.map[0], token.map[1], "paragraph"


def code_spans(paragraph: str) -> Iterator[tuple[str, Kind]]:
    """The pieces of a text that is the inside of one paragraph (https://spec.commonmark.org/0.31.2/#code-spans)."""
    closers: dict[int, list[int]] = {}  # where the runs of backticks of each length begin
    for run in _BACKTICKS.finditer(paragraph):
        closers.setdefault(len(run[0]), []).append(run.start())
    text_from = at = 0
    while found := _ESCAPE_OR_BACKTICKS.search(paragraph, at):
        at = found.end()
        if found[0].startswith("\\"):
            continue
        same = closers.get(len(found[0]), [])
        closing = bisect_left(same, at)
        if closing < len(same):
            at = same[closing] + len(found[0])
            span = paragraph[found.start() : at]
            yield paragraph[text_from : found.start()], "text"
            yield span, "loose" if "\n" in span else "code"
            text_from = at
    yield paragraph[text_from:], "text"
