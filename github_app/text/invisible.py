"""Takes characters out of a text that a person can't see on screen and a machine reads all the same."""

from __future__ import annotations

import re
import unicodedata

# Shown as nothing though their category is not Cf: fillers, blanks and joiners (Unicode, Default_Ignorable_Code_Point and
# U+2800).
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
# Variation selectors: they shape the character before them, and in a row they can spell out a hidden message.
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_TAGS = "\U000e0000-\U000e0fff"
_KEPT_CONTROLS = "\n\t"
_JOINER, _TEXT_STYLE, _EMOJI_STYLE = "\u200d", "\ufe0e", "\ufe0f"


_HIDDEN_CATEGORIES = ("Cf", "Cc", "Cs")  # format, control, surrogate
_ALWAYS_HIDDEN = re.compile(f"[{_BLANK}{_SELECTORS}{_TAGS}]")
# Everything else is plainly visible. Which of these are not is looked up and not kept in a table: that takes 0.2 s to make.
_LOOKED_AT = re.compile(f"[^\\x20-\\x7e{_KEPT_CONTROLS}]+")


def drop_invisible(text: str) -> str:
    """The text without invisible characters; those inside an emoji stay where they belong. Line ends become `\\n`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return _LOOKED_AT.sub(lambda run: _visible(text, *run.span()), text)


def _visible(text: str, start: int, end: int) -> str:
    run = text[start:end]
    if run.isprintable() and not _ALWAYS_HIDDEN.search(run):  # no hidden category is printable
        return run
    return "".join(text[at] for at in range(start, end) if not _is_hidden(text, at))


def _is_hidden(text: str, at: int) -> bool:
    hidden = unicodedata.category(text[at]) in _HIDDEN_CATEGORIES or _ALWAYS_HIDDEN.match(text, at)
    return bool(hidden) and not _belongs_to_an_emoji(text, at)


def _belongs_to_an_emoji(text: str, at: int) -> bool:
    character = text[at]
    if character in (_EMOJI_STYLE, _TEXT_STYLE):
        return _is_pictogram(text, at - 1) or (at > 0 and text[at - 1] in "0123456789#*" and text[at + 1 : at + 2] == "\u20e3")
    if character == _JOINER:
        before = at - 2 if text[at - 1 : at] == _EMOJI_STYLE else at - 1
        return _is_pictogram(text, before) and _is_pictogram(text, at + 1)
    return False


def _is_pictogram(text: str, at: int) -> bool:
    """Whether an emoji can stand there: a symbol, or a skin tone after one (category Sk)."""
    if not 0 <= at < len(text) or text[at] in _BLANK:
        return False
    category = unicodedata.category(text[at])
    return category == "So" or (category == "Sk" and text[at] >= "\U0001f3fb") or text[at] in "\u203c\u2049\u2194\u27a1\u2b05"
