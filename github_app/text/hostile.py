"""Cleans text from GitHub before the agent reads it, and marks where it begins and ends.

Whoever wrote an issue may have hidden instructions in it where the maintainer who approved it could not see them. So the
agent gets what was visible: markup that hides something gone, entities decoded, HTML comments and invisible characters
dropped. The text is then wrapped in a delimiter with a fresh nonce, which the text can't contain, so it can't pretend to have
ended.
"""

from __future__ import annotations

import re
import secrets

from github_app.text.hidden import uncover
from github_app.text.visible import without_hidden_markup

# At the start of a line (or of a list item or quote) an unclosed comment hides everything after it.
# https://spec.commonmark.org/0.31.2/#html-blocks, start condition 2
_UNCLOSED_COMMENT = re.compile(r"^(?P<start>(?:[ \t>*+-]|\d{1,9}[.)])*)<!--.*", re.DOTALL | re.MULTILINE)

_NONCE_BYTES = 8


# Each round may uncover more for the next. No honest text needs this many; past it the signs that make markup go.
_MOST_ROUNDS = 10
_MARKUP = re.compile(r"[<!\[\]`~&]")


def clean(text: str) -> str:
    """What of this text a person sees on GitHub. Cleaning it again changes nothing."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for _ in range(_MOST_ROUNDS):
        before = text
        # Markup first: what an entity or an invisible character keeps from being code must not become code by its going.
        text = _UNCLOSED_COMMENT.sub(lambda found: found["start"], uncover(without_hidden_markup(text)))
        if text == before:
            return text
    return clean(_MARKUP.sub("", text))


def wrap(text: str, *, max_length: int) -> str:
    """Clean the text, cut it at `max_length` characters with a notice, and put it between delimiters of a fresh nonce."""
    cleaned = clean(text)
    if len(cleaned) > max_length:
        left_out = len(cleaned) - max_length
        cleaned = f"{cleaned[:max_length]}\n[cut here: {left_out:,} more characters were left out]"
    nonce = secrets.token_hex(_NONCE_BYTES)
    while nonce in cleaned:
        nonce = secrets.token_hex(_NONCE_BYTES)
    return f"<text-from-github {nonce}>\n{cleaned}\n</text-from-github {nonce}>"
