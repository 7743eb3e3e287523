"""Makes text that the agent wrote harmless before Harvest says it on GitHub.

In GitHub's Markdown a text can act: `@name` notifies, `fixes #1` closes, an image tells its owner who looks, a comment or a
link definition hides words, and Harvest finds its own replies by such a comment. All of that is defused where GitHub would
act on it and left alone in code, where it doesn't.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from github_app.text.hidden import uncover
from github_app.text.invisible import drop_invisible
from github_app.text.markdown import missing_fence, pieces
from github_app.text.redact import redact

_GAP = "\u200b"  # zero width space: seen by nobody, and no mention or marker reaches across it

_IMAGE = re.compile(r"(?<!!)!+(?=\[)")
_AUTOLINK = re.compile(r"<(https?://[^\s<>]*)>")
_LINK_DEFINITION = re.compile(r"^((?:[ \t>*+-]|\d{1,9}[.)])*)\[(?=[^\n]+\]:)", re.MULTILINE)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_MENTION = re.compile(r"(?<![A-Za-z0-9_])@(?=[A-Za-z0-9])")
_URL = re.compile(r"https?://[^\s<>]*")
# https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
_CLOSING = re.compile(
    r"\b(?P<keyword>clos(?:e|es|ed)|fix(?:|es|ed)|resolv(?:e|es|ed))(?P<between>[\s:*_~\[(\\]{1,20})"
    r"(?P<reference>(?:[\w.-]{1,100}/[\w.-]{1,100})?\\?#\d|GH-\d|https?://[^\s<>]{1,300}/(?:issues|pull|discussions)/\d)",
    re.IGNORECASE,
)
_MARKER = re.compile(r"<!--(?=\s*harvest)", re.IGNORECASE)

# Shorter texts are one line of a table or a list: an ellipsis says enough.
_SHORT = 500


def neutralise(text: str, *, max_length: int) -> str:
    """Harmless Markdown of at most `max_length` characters; what is cut off is said. Doing it again changes nothing."""
    total = len(text)
    text = _uncovered(redact(_uncovered(text[:max_length]))).strip()
    neutral = _defused(text)
    if total <= max_length and len(neutral) <= max_length:
        return neutral
    length = max_length
    while length > 0:
        notice = "…" if max_length < _SHORT else f"\n\n_… cut here: {total:,} characters were too many._"
        neutral = _defused(text[:length].rstrip()) + notice
        if len(neutral) <= max_length:
            return neutral
        length -= len(neutral) - max_length
    return "…"[:max_length]


def neutralise_plain(text: str, *, max_length: int) -> str:
    """The same for what is shown as it is (a commit message, a title): no mention, closing keyword, hidden sign or secret."""
    text = redact(drop_invisible(text)).strip()
    text = _MENTION.sub("@ ", _CLOSING.sub(_with_a_word_between, text))
    return text if len(text) <= max_length else f"{text[: max_length - 1].rstrip()}…"


# Each round may uncover more for the next one, and move what is code; no honest text needs this many.
_MOST_ROUNDS = 10


def _uncovered(text: str) -> str:
    """The text with all that is hidden taken away or made visible."""
    for _ in range(_MOST_ROUNDS):
        before = text
        text = _changed(drop_invisible(text), _uncover)
        if text == before:
            return text
    return _uncovered(re.sub(r"[<&!\[\]`~]", " ", text))


def _uncover(text: str) -> str:
    text = _IMAGE.sub("", _AUTOLINK.sub(r"\1", uncover(text)))
    return _LINK_DEFINITION.sub(r"\1\\[", text)


def _defused(text: str) -> str:
    """The text with all that acts made inert. Only inside lines and by what Markdown doesn't read: code stays what it was."""
    return _changed(text, _defuse, lambda code: _MARKER.sub(f"<!--{_GAP}", code)) + missing_fence(text)


def _defuse(text: str) -> str:
    text = _CLOSING.sub(_with_a_word_between, _TAG.sub("&lt;", text))
    defused, end = "", 0
    for url in _URL.finditer(text):  # a gap would break an address; %40 means the same there
        defused += _MENTION.sub(f"@{_GAP}", text[end : url.start()]) + url[0].replace("@", "%40")
        end = url.end()
    return defused + _MENTION.sub(f"@{_GAP}", text[end:])


def _with_a_word_between(found: re.Match[str]) -> str:
    """`fixes issue #1` reads as well as `fixes #1`, and GitHub acts on the second only."""
    return f"{found['keyword']}{found['between']}issue {found['reference']}"


def _changed(text: str, change: Callable[[str], str], change_code: Callable[[str], str] = lambda code: code) -> str:
    """The text with `change` applied to what GitHub reads as text and `change_code` to what it reads as code."""
    return "".join(change_code(piece) if is_code else change(piece) for piece, is_code in pieces(text))
