"""Tells which lines of a Markdown text its writer says in their own name: not code, not quoted, not hidden. Pure.

Code is fenced, indented, or a span that a line lies in; hidden is what an HTML comment or another block of HTML holds; quoted
is a line that begins with ">". A line behind a quote that has no sign of its own was written by whoever quotes.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from github_app.text.markdown import block_parser, code_spans

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LINE_BREAK = re.compile(r"\n")
_QUOTED = re.compile(r"[ \t]*>")


def lines_said(text: str) -> set[int]:
    """The numbers of those lines, counted from 0. `text` has "\\n" alone between its lines."""
    lines = text.split("\n")
    said = {number for number, line in enumerate(lines) if not _QUOTED.match(line)}
    for token in block_parser(html=True).parse(text):
        if token.map is None:
            continue
        start, end = token.map
        if token.type in ("fence", "code_block", "html_block"):
            said.difference_update(range(start, end))
        elif token.type == "inline":
            said.difference_update(start + inside for inside in _lines_inside("\n".join(lines[start:end])))
    return said


def _lines_inside(paragraph: str) -> Iterator[int]:
    """The lines of a paragraph that begin within a code span or a comment."""
    starts = [0, *(found.end() for found in _LINE_BREAK.finditer(paragraph))]
    shown: list[str] = []
    at = 0
    for piece, kind in code_spans(paragraph):
        if kind != "text":
            yield from range(bisect_left(starts, at), bisect_left(starts, at + len(piece)))
        # No sign of a comment counts in code.
        shown.append(piece if kind == "text" else "`" * len(piece))
        at += len(piece)
    for comment in _COMMENT.finditer("".join(shown)):
        yield from range(bisect_left(starts, comment.start()), bisect_left(starts, comment.end()))
