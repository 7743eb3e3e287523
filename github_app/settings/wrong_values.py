"""What is wrong with a value in a file that a person wrote, in people's words. Pure."""

from __future__ import annotations

import re

# What msgspec calls things, and what people do.
IN_WORDS = (
    (r"`", ""),
    (r"^Expected ", "expected "),
    (r" \| null\b", ""),
    (r"\bstr matching regex .*", "another form"),
    (r"\bstr\b", "text"),
    (r"\bbool\b", "true or false"),
    (r"\bint\b", "a whole number"),
    (r"\bfloat\b", "a number"),
    (r"\barray\b", "a list"),
    (r"\bobject\b", "keys with values"),
)


def told(problem: str) -> str:
    """What msgspec says of a value, in people's words and with the key in front: `limits.turns: expected a whole number`."""
    what, _, path = problem.partition(" - at `$")
    for theirs, ours in IN_WORDS:
        what = re.sub(theirs, ours, what)
    path = path.rstrip("`").lstrip(".")
    return f"{path}: {what}" if path else what
