"""Makes text that the agent wrote harmless before Harvest says it on GitHub.

In GitHub's Markdown a text can act: `@name` notifies, `fixes #1` closes, an image tells its owner who looks, a comment or a
link definition hides words, Harvest finds its own replies by such a comment, and other bots take `/merge` for a command. All
of that is defused where GitHub would act on it and left alone in code, where it doesn't.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from github_app.text.commands import without_commands
from github_app.text.hidden import uncover
from github_app.text.invisible import drop_invisible
from github_app.text.markdown import Kind, code_spans, missing_fence, pieces
from github_app.text.redact import redact

_GAP = "\u200b"  # zero width space: seen by nobody, and no mention or marker reaches across it

_IMAGE = re.compile(r"(?<!!)!+(?=\[)")
_AUTOLINK = re.compile(r"<(https?://[^\s<>]*)>")
_LINK_DEFINITION = re.compile(r"^((?:[ \t>*+-]|\d{1,9}[.)])*)\[(?=(?:[^\[\]\\]|\\.){1,999}\]:)", re.MULTILINE | re.DOTALL)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_MENTION = re.compile(r"(?<![A-Za-z0-9])@(?=[A-Za-z0-9])")
_URL = re.compile(r"https?://[^\s<>]*")
# https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
_CLOSING = re.compile(
    r"(?<![A-Za-z0-9])(?P<keyword>clos(?:e|es|ed)|fix(?:|es|ed)|resolv(?:e|es|ed))(?P<between>[\s:*_~\[(\\]{1,20})"
    r"(?P<reference>(?:[\w.-]{1,100}/[\w.-]{1,100})?\\?#\d|GH-\d|https?://[^\s<>]{1,300}/(?:issues|pull|discussions)/\d)",
    re.IGNORECASE,
)
_MARKER = re.compile(r"<!--(?=\s*harvest)", re.IGNORECASE)

# An installation token has over 500 characters since it carries a JWT; twice that for whoever makes them longer.
_LONGEST_TOKEN = 1_000

# Shorter texts are one line of a table or a list: an ellipsis says enough.
_SHORT = 500


def neutralise(text: str, *, max_length: int) -> str:
    """Harmless Markdown of at most `max_length` characters; what is cut off is said. Doing it again changes nothing."""
    whole = _uncovered(redact(_uncovered(text[:max_length], pieces)), pieces).rstrip().strip("\n")
    neutral = _defused(whole)
    if len(text) <= max_length and len(neutral) <= max_length:
        return neutral
    short = "\n…" if "\n" in neutral else "…"
    notice = short if max_length < _SHORT else f"\n\n_… cut here: {len(text):,} characters were too many._"
    return _cut(whole, max_length, lambda start: _defused(_uncovered(start, pieces).rstrip()) + notice)


def neutralise_line(text: str, *, max_length: int) -> str:
    """The same in one line, for a table, a list or the middle of a sentence: line breaks become spaces, blocks mere text."""
    line = " ".join(_uncovered(redact(_uncovered(text[: 2 * max_length], code_spans)), code_spans).split())

    def finish(start: str) -> str:
        return "".join(_defuse(piece, kind) for piece, kind in code_spans(_uncovered(start, code_spans).rstrip()))

    neutral = finish(line)
    if len(text) <= 2 * max_length and len(neutral) <= max_length:
        return neutral
    return _cut(line, max_length, lambda start: finish(start) + "…")


def neutralise_plain(text: str, *, max_length: int) -> str:
    """The same for what is shown as it is (a commit message, a title): no mention, closing keyword, hidden sign or secret."""
    text = redact(drop_invisible(text)).strip()
    text = _MENTION.sub("@ ", _CLOSING.sub(_with_a_word_between, text))
    return text if len(text) <= max_length else drop_invisible(text[: max_length - 1]).rstrip() + "…"


def neutralise_code(text: str, *, max_length: int) -> str:
    """The same in one line, for what stands in a code span, where nothing acts but a marker of ours: a command, a path."""
    # Redacted before it is cut: half a token is not known for one.
    line = " ".join(redact(drop_invisible(text[: max_length + _LONGEST_TOKEN])).split())
    line = _MARKER.sub(f"<!--{_GAP}", line)
    return line if len(line) <= max_length else f"{line[: max_length - 1].rstrip()}…"


def neutralise_block(text: str) -> str:
    """The same for what stands in a block of code, line by line as it is: a patch. The caller has bounded its length."""
    return _MARKER.sub(f"<!--{_GAP}", redact(drop_invisible(text)))


def _cut(text: str, max_length: int, finish: Callable[[str], str]) -> str:
    """`finish` of as much of the text's start as fits into `max_length` with what finishing adds."""
    length = max_length
    while length > 0:
        finished = finish(text[:length])
        if len(finished) <= max_length:
            return finished
        length -= len(finished) - max_length
    return "…"[:max_length]


Split = Callable[[str], Iterable[tuple[str, Kind]]]

# Each round may uncover more for the next one, and move what is code; no honest text needs this many.
_MOST_ROUNDS = 10


def _uncovered(text: str, split: Split) -> str:
    """The text with all that is hidden taken away or made visible."""
    for _ in range(_MOST_ROUNDS):
        before = text
        text = "".join(_uncover(piece) if kind == "text" else piece for piece, kind in split(drop_invisible(text)))
        if text == before:
            return text
    return _uncovered(re.sub(r"[<&!\[\]`~]", " ", text), split)


def _uncover(text: str) -> str:
    text = _IMAGE.sub("", _AUTOLINK.sub(r"\1", uncover(text)))
    return _LINK_DEFINITION.sub(r"\1\\[", text)


def _defused(text: str) -> str:
    """The text with all that acts made inert. Only inside lines and by what Markdown doesn't read: code stays what it was."""
    return without_commands("".join(_defuse(piece, kind) for piece, kind in pieces(text)) + missing_fence(text))


def _defuse(text: str, kind: Kind) -> str:
    if kind == "code":
        return _MARKER.sub(f"<!--{_GAP}", text)
    text = _CLOSING.sub(_with_a_word_between, _TAG.sub("&lt;" if kind == "text" else f"<{_GAP}", text))
    defused, end = "", 0
    for url in _URL.finditer(text):  # a gap would break an address; %40 means the same there
        defused += _MENTION.sub(f"@{_GAP}", text[end : url.start()]) + url[0].replace("@", "%40")
        end = url.end()
    return defused + _MENTION.sub(f"@{_GAP}", text[end:])


def _with_a_word_between(found: re.Match[str]) -> str:
    """`fixes issue #1` reads as well as `fixes #1`, and GitHub acts on the second only."""
    return f"{found['keyword']}{found['between']}issue {found['reference']}"
