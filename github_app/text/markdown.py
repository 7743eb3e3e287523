"""Tells what of a Markdown text is code, by CommonMark's rules: there GitHub notifies nobody, closes nothing and shows every
sign.

The text is read as if it had no HTML and no autolinks in angle brackets: whoever asks must see to it that it has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "maxNesting": 100}).enable("table")
_MARKDOWN.core.ruler.enableOnly(["normalize", "block"])  # only the blocks are asked for, and inline parsing can be made slow
_ESCAPE_OR_BACKTICKS = re.compile(r"\\.|`+", re.DOTALL)


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, in order, each with whether it is code. Joined, they are the text again."""
    lines = text.split("\n")
    lines[:-1] = [line + "\n" for line in lines[:-1]]
    regions = {start: (end, is_code) for start, end, is_code in _regions(_MARKDOWN.parse(text))}
    at = 0
    while at < len(lines):
        end, is_code = regions.get(at, (at + 1, None))
        piece = "".join(lines[at:end])
        if is_code is False:
            yield from _code_spans(piece)
        else:
            yield piece, bool(is_code)
        at = end


def missing_fence(text: str) -> str:
    """What closes the fenced code block that is still open at the text's end, with its line break; empty if none is."""
    tokens = _MARKDOWN.parse(text)
    if not tokens or tokens[-1].type != "fence":
        return ""
    last, marker = text.rsplit("\n", 1)[-1].strip(), tokens[-1].markup
    start, end = tokens[-1].map or (0, 0)
    closed = end - start > 1 and len(last) >= len(marker) and not last.strip(marker[0])
    return "" if closed else f"\n{marker}"


def _regions(tokens: list[Token]) -> Iterator[tuple[int, int, bool]]:
    """First line, line after the last one, and whether it is code, for each block of code or paragraph.

    Rows of a table are left out: a code span can't go across their cells.
    """
    in_table = False
    for token in tokens:
        in_table = (in_table or token.type == "table_open") and token.type != "table_close"
        if token.map is None or in_table:
            continue
        if token.type in ("fence", "code_block"):
            yield token.map[0], token.map[1], True
        elif token.type == "inline":
            yield token.map[0], token.map[1], False


def _code_spans(paragraph: str) -> Iterator[tuple[str, bool]]:
    """Split a paragraph at its code spans (https://spec.commonmark.org/0.31.2/#code-spans)."""
    text_from = at = 0
    while found := _ESCAPE_OR_BACKTICKS.search(paragraph, at):
        at = found.end()
        if found[0].startswith("\\"):
            continue
        closing = re.compile(rf"(?<!`){found[0]}(?!`)").search(paragraph, at)
        if closing:
            yield paragraph[text_from : found.start()], False
            yield paragraph[found.start() : closing.end()], True
            text_from = at = closing.end()
    yield paragraph[text_from:], False
