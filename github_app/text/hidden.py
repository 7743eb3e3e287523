"""Makes a text say only what a person saw of it: entities decoded, HTML comments gone, invisible characters dropped."""

from __future__ import annotations

import html
import re

from github_app.text.invisible import drop_invisible

# With their semicolon only, as GitHub's Markdown has it, so that `?a=1&copy=2` stays an address.
# https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

# Each round may uncover more for the next. No honest text needs this many; past it the signs that make comments and
# entities are taken out themselves, so that a text made of nested ones can't keep the process busy.
_MOST_ROUNDS = 10


def uncover(text: str) -> str:
    """The text with nothing hidden in it. An HTML comment that is never closed stays, for on GitHub it may be visible."""
    for _ in range(_MOST_ROUNDS):
        before = text
        text = _without_comments(drop_invisible(_decode(text)))
        if text == before:
            return text
    return drop_invisible(text).replace("<!--", "").replace("&", "").replace("<", "")


def _decode(text: str) -> str:
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)


def _without_comments(text: str) -> str:
    kept, at = "", 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        kept += text[at:start]
        at = end + 3
    return kept + text[at:]
