"""Keeps a text from saying a command to a bot: a line of it that begins with `/word` is shown so, and says nothing. Pure.

Harvest takes no command from its own account; others on the same repository may, and they look for the bare sign. In code the
text stays as it is. https://spec.commonmark.org/0.31.2/#backslash-escapes
"""

from __future__ import annotations

import re

from github_app.text.markdown import pieces

# At the start of a line, of a list item or of a quote; behind whatever some bot takes for a space, or for a line's end.
_COMMAND = re.compile(
    r"(?P<start>(?:^|(?<=[\v\f\x85\u2028\u2029]))(?:[^\S\n]|[>*+-]|\d{1,9}[.)])*)/(?=[A-Za-z])", re.MULTILINE
)


def without_commands(text: str) -> str:
    """The text with a backslash before each such slash. Doing it again changes nothing."""
    return "".join(_COMMAND.sub(r"\g<start>\/", piece) if kind == "text" else piece for piece, kind in pieces(text))
