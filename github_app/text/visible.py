"""Takes the markup out of a Markdown text that a reader on GitHub does not see and a machine reads all the same.

That is: processing instructions, declarations and CDATA, the attributes of HTML tags, definitions of links, titles of links,
links without a text, what an image says about itself, the words behind a code block's language, footnotes that nothing refers
to, what a table's row has beyond its columns, the comments of diagrams, what formulas hide. Code stays as it is, for there
everything is seen.
https://spec.commonmark.org/0.31.2/, https://github.github.com/gfm/#tables-extension-
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from github_app.text.formulas import FORMULA, can_hide, of_block, without_hiding_formulas
from github_app.text.markdown import block_parser, code_spans

# Each opening with what closes it; a comment is looked for elsewhere (`hidden.py`).
_CLOSED_BY = {"<?": "?>", "<![CDATA[": "]]>", "<!": ">"}
_OPENING = re.compile(r"<\?|<!\[CDATA\[|<!(?=[A-Za-z])")
# In a block of HTML what is never closed hides the rest of the block.
_TO_THE_END = re.compile(r"(?:<\?|<!).*?(?=\n?\Z)", re.DOTALL)
# What CommonMark takes for a tag in a line of text; anything else that begins so is seen.
_ATTRIBUTE = r"""\s++[A-Za-z_:][A-Za-z0-9_.:-]*+(?:\s*+=\s*+(?:[^\s"'=<>`]++|'[^']*+'|"[^"]*+"))?+"""
_TAG = re.compile(rf"<(/?)([A-Za-z][A-Za-z0-9-]*+)(?:{_ATTRIBUTE})*+\s*+/?>")
# In a block of HTML it is a browser that decides, and it takes nearly everything.
_LOOSE_TAG = re.compile(r"""<(/?)([A-Za-z][A-Za-z0-9-]*+)(?:"[^"]*+"|'[^']*+'|[^>])*+(?:>|\Z)""")

_IMAGE = "[image]"
_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.){1,999})\]", re.DOTALL)
_DESTINATION = r"(?:<[^<>\n]*+>|(?:[^\s()<>\\]|\\.|\((?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.)*+\))*+\))*+)"
_TITLE = r"""(?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\))"""
_LINK_END = re.compile(rf"\]\(\s*+({_DESTINATION})(?:\s++{_TITLE})?\s*+\)", re.DOTALL)
_EMPTY_LINK = re.compile(r"(?<!\\)\[\s*+\](?:\([^()\s]*+\)|\[[^\[\]]*+\])")
_REFERENCE = re.compile(r"\]\[[^\[\]]*+\]")
_BRACKET = re.compile(r"\\.|!\[|\[|\]", re.DOTALL)
_FOOTNOTE_USE = re.compile(r"\[\^([^\]\s]+)\]")
_FOOTNOTE = re.compile(r"^[ \t>]*\[\^([^\]\s]+)\]:")
_CELL_ENDS = re.compile(r"(?<!\\)\|")
_LANGUAGE = re.compile(r"^(\s*(?:[>*+-]\s*|\d{1,9}[.)]\s*)*(?:`{3,}|~{3,})[ \t]*)([A-Za-z0-9+#._-]{0,30})[^\n]*")
# What GitHub draws instead of showing it as code, and what is not drawn of it.
# https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/creating-diagrams
_COMMENTS_OF = {
    "mermaid": re.compile(r"^[ \t>]*(?:%%.*|accTitle\s*:.*|accDescr\s*(?::.*|\{[^}]{0,2000}+\}))\n?", re.MULTILINE),
}

# Stand for code while the text around it is looked at; both are noncharacters, which nobody sees.
_CODE_BEGINS, _CODE_ENDS = "\ufdd0", "\ufdd1"
_CODE = re.compile(f"{_CODE_BEGINS}([0-9]+){_CODE_ENDS}")
# A formula may be written as code.
_FORMULA = re.compile(rf"(?<=\$){_CODE.pattern}(?=\$)")


@dataclass(frozen=True)
class _Block:
    """Lines from `start` to before `end`. A definition's `text` is what stays of it."""

    start: int
    end: int
    kind: Literal["fence", "indented code", "html", "paragraph", "definition"]
    text: str = ""


def without_hidden_markup(text: str) -> str:
    """The text without what its Markdown hides. Doing it again may find more, where taking something away uncovers it."""
    text = text.replace(_CODE_BEGINS, "").replace(_CODE_ENDS, "")
    lines = text.split("\n")
    lines[:-1] = [line + "\n" for line in lines[:-1]]
    footnotes = Counter(_FOOTNOTE_USE.findall(text))
    shown, at, in_footnote = "", 0, False
    for block in _blocks(text, lines):
        if block.start < at:  # inside of one that was looked at
            continue
        between = "".join(lines[at : block.start])
        shown += _of_text(between)
        piece = "".join(lines[block.start : block.end])
        in_footnote = in_footnote and block.kind == "indented code" and not between.strip()
        if block.kind == "paragraph":
            piece, in_footnote = _without_unused_footnotes(piece, footnotes)
            shown += _of_text(piece)
        elif block.kind == "html":
            shown += _of_html(piece)
        elif block.kind == "fence":
            shown += _of_fence(piece)
        elif block.kind == "definition":
            in_footnote = not block.text
            shown += block.text
        elif not in_footnote:
            shown += piece
        at = block.end
    return shown + _of_text("".join(lines[at:]))


def _blocks(text: str, lines: list[str]) -> Iterator[_Block]:
    """The blocks that hold text, in order; rows of tables, marks of lists and empty lines are in none. `lines` are the text's:
    of a row only what its table shows stays in them."""
    environment: dict[str, dict[str, dict[str, object]] | list[dict[str, object]]] = {}
    blocks, in_table, columns = [], False, 0
    for token in block_parser(html=True).parse(text, environment):
        in_table = (in_table or token.type == "table_open") and token.type != "table_close"
        if token.type == "table_open":
            columns = 0
        columns += token.type == "th_open"
        if token.type == "tr_open" and token.map is not None and columns:
            lines[token.map[0]] = _without_more_cells(lines[token.map[0]], columns)
        if token.map is None or in_table:
            continue
        start, end = token.map
        if token.type == "fence":
            blocks.append(_Block(start, end, "fence"))
        elif token.type == "code_block":
            blocks.append(_Block(start, end, "indented code"))
        elif token.type == "html_block":
            blocks.append(_Block(start, end, "html"))
        elif token.type == "inline":
            blocks.append(_Block(start, end, "paragraph"))
    from markdown_it.common.utils import normalizeReference

    uses = Counter(normalizeReference(label) for label in _LABEL.findall(text))
    definitions = environment.get("references", {})
    if isinstance(definitions, dict):
        for label, found in definitions.items():
            start, end = _lines(found)
            kept = uses[label] > 1  # one is its own
            blocks.append(_Block(start, end, "definition", f"[{label.lower()}]: {found['href']}\n" if kept else ""))
    again = environment.get("duplicate_refs", [])
    blocks += [_Block(*_lines(found), "definition") for found in again if isinstance(found, dict)]
    yield from sorted(blocks, key=lambda block: block.start)


def _lines(definition: dict[str, object]) -> tuple[int, int]:
    lines = definition["map"]
    if not isinstance(lines, list):
        raise TypeError("markdown-it tells no lines of a definition")
    start, end = lines
    return int(start), int(end)


def _of_text(text: str) -> str:
    """Text with code spans in it."""
    spans: list[str] = []
    masked = ""
    for piece, kind in code_spans(text):
        if kind == "text":
            masked += piece
        else:
            masked += f"{_CODE_BEGINS}{len(spans)}{_CODE_ENDS}"
            spans.append(piece)
    masked = _FORMULA.sub(lambda found: FORMULA if can_hide(spans[int(found[1])]) else found[0], masked)
    masked = without_hiding_formulas(masked)
    masked = _TAG.sub(_without_attributes, _without_instructions(masked))
    masked = _EMPTY_LINK.sub("", _LINK_END.sub(r"](\1)", _without_images(masked)))
    return _CODE.sub(lambda found: spans[int(found[1])], masked)


def _of_fence(piece: str) -> str:
    """A fenced block without the words behind its language, and without the comments of what is drawn."""
    first, *rest = _LANGUAGE.sub(r"\1\2", piece, count=1).splitlines(keepends=True)
    found = _LANGUAGE.match(first)
    language, inside = found[2].lower() if found else "", "".join(rest)
    if language == "math":
        return first + of_block(inside)
    comments = _COMMENTS_OF.get(language)
    return first + (comments.sub("", inside) if comments else inside)


def _of_html(text: str) -> str:
    return _LOOSE_TAG.sub(_without_attributes, _TO_THE_END.sub("", without_hiding_formulas(_without_instructions(text))))


def _without_instructions(text: str) -> str:
    """The text without processing instructions, declarations and CDATA that are closed in it."""
    kept, at, never_closed = "", 0, set[str]()
    for found in _OPENING.finditer(text):
        opening = found[0]
        if found.start() < at or opening in never_closed:
            continue
        closing = text.find(_CLOSED_BY[opening], found.end())
        if closing < 0:
            never_closed.add(opening)
            continue
        kept += text[at : found.start()]
        at = closing + len(_CLOSED_BY[opening])
    return kept + text[at:]


def _without_more_cells(row: str, columns: int) -> str:
    """The row of a table as far as it has columns: GitHub shows no cell beyond them."""
    ends = [found.start() for found in _CELL_ENDS.finditer(row)]
    if ends and not row[: ends[0]].strip(" \t>"):
        ends = ends[1:]  # the first one begins the row
    if len(ends) < columns or not row[ends[columns - 1] + 1 :].strip():
        return row
    return row[: ends[columns - 1] + 1] + ("\n" if row.endswith("\n") else "")


def _without_attributes(found: re.Match[str]) -> str:
    return _IMAGE if found[2].lower() == "img" else f"<{found[1]}{found[2]}>"


def _without_images(text: str) -> str:
    """A reader sees the picture; not its address, and not what it says about itself."""
    opened: list[tuple[bool, int]] = []  # whether it is an image's, and where what is kept of it begins
    kept: list[str] = []
    at = 0
    while found := _BRACKET.search(text, at):
        kept.append(text[at : found.start()])
        at = found.end()
        if found[0] in ("[", "!["):
            opened.append((found[0] == "![", len(kept)))
            kept.append(found[0])
            continue
        kept.append(found[0])
        if found[0] != "]" or not opened:
            continue
        is_image, begins = opened.pop()
        if not is_image:
            continue
        ending = _LINK_END.match(text, at - 1) or _REFERENCE.match(text, at - 1)
        if ending or text.startswith("(", at):
            del kept[begins:]
            kept.append(_IMAGE)
            closing = text.find(")", at)
            at = ending.end() if ending else closing + 1 if closing >= 0 else len(text)
    return "".join(kept) + text[at:]


def _without_unused_footnotes(paragraph: str, footnotes: Mapping[str, int]) -> tuple[str, bool]:
    """The paragraph without the footnotes that GitHub does not show, and whether the last one goes on after it.

    `footnotes` is how often each stands in the text, its definition counted.
    """
    hidden, kept = False, []
    for line in paragraph.splitlines(keepends=True):
        if found := _FOOTNOTE.match(line):
            hidden = footnotes[found[1]] < 2
        if not hidden:
            kept.append(line)
    return "".join(kept), hidden
