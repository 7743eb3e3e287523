"""Cleans text from GitHub before the agent reads it, and marks where it begins and ends.

Whoever wrote an issue may have hidden instructions in it where the maintainer who approved it could not see them. So the
agent gets what was visible: entities decoded, HTML comments gone, invisible characters dropped. The text is then wrapped in a
delimiter with a fresh nonce, which the text can't contain, so it can't pretend to have ended.
"""

from __future__ import annotations

import re
import secrets

from github_app.text.hidden import uncover

# At the start of a line (or of a list item or quote) an unclosed comment hides everything after it.
# https://spec.commonmark.org/0.31.2/#html-blocks, start condition 2
_UNCLOSED_COMMENT = re.compile(r"^(?P<start>(?:[ \t>*+-]|\d{1,9}[.)])*)<!--.*", re.DOTALL | re.MULTILINE)

_NONCE_BYTES = 8


def clean(text: str) -> str:
    """What of this text a person sees on GitHub. Cleaning it again changes nothing."""
    return _UNCLOSED_COMMENT.sub(lambda found: found["start"], uncover(text))


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
