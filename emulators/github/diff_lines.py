"""The lines of one file's patch: which line of before or after stands where in it, and where a line has moved.

Positions are as GitHub counts them: "the number of lines down from the first `@@` hunk header in the file", further headers
included. https://docs.github.com/rest/pulls/comments#create-a-review-comment-for-a-pull-request
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from emulators.github.model.reviews import Side

_HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True)
class DiffLine:
    """`left` and `right` are its numbers before and after; a deletion has no right one and an addition no left one. `hunk`
    is the position of its hunk's header (0: the first one's). `text` begins with ` `, `+` or `-`."""

    position: int
    hunk: int
    left: int | None
    right: int | None
    text: str

    def number(self, side: Side) -> int | None:
        return self.left if side == "LEFT" else self.right


@dataclass(frozen=True)
class _Span:
    """The lines of before and after that a hunk is about, each as its first and how many; for none, where they would be."""

    left: int
    lefts: int
    right: int
    rights: int


def read_patch(patch: str) -> Iterator[DiffLine]:
    """Every line of the hunks, in order."""
    hunk = left = right = 0
    for position, text in enumerate(patch.split("\n")):
        if span := _span(text):
            hunk, left, right = position, span.left, span.right
        elif text.startswith("+"):
            yield DiffLine(position, hunk, None, right, text)
            right += 1
        elif text.startswith("-"):
            yield DiffLine(position, hunk, left, None, text)
            left += 1
        elif text.startswith(" "):
            yield DiffLine(position, hunk, left, right, text)
            left, right = left + 1, right + 1


def line_at(patch: str, side: Side, number: int) -> DiffLine | None:
    """The line of before (left) or after (right) with this number, if the patch shows it."""
    return next((line for line in read_patch(patch) if line.number(side) == number), None)


def at_position(patch: str, position: int) -> DiffLine | None:
    return next((line for line in read_patch(patch) if line.position == position), None)


def hunk_down_to(patch: str, line: DiffLine) -> str:
    """The hunk from its header down to this line, as `diff_hunk` has it."""
    return "\n".join(patch.split("\n")[line.hunk : line.position + 1])


def moved(patch: str, number: int) -> int | None:
    """Which number a line of before has after the patch; None when the patch removes or rewrites it."""
    shift = 0
    for text in patch.split("\n"):
        span = _span(text)
        if span is None:
            continue
        if number < span.left:
            break
        if number < span.left + span.lefts:
            found = line_at(patch, "LEFT", number)
            return found.right if found else None
        shift = span.right + span.rights - span.left - span.lefts
    return number + shift


def _span(text: str) -> _Span | None:
    found = _HEADER.match(text)
    if found is None:
        return None
    left, lefts, right, rights = (1 if part is None else int(part) for part in found.groups())
    # Of a side without lines git names the line before.
    return _Span(left + (lefts == 0), lefts, right + (rights == 0), rights)
