"""The lines that a difference shows, as GitHub gives it file by file: on these a comment can stand. Pure.

https://docs.github.com/en/rest/pulls/comments#create-a-review-comment-for-a-pull-request
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Side = Literal["LEFT", "RIGHT"]

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@")


@dataclass(frozen=True)
class DiffLine:
    """`hunk` counts the hunks of its file; `text` is the line without its sign."""

    hunk: int
    text: str


@dataclass(frozen=True)
class Diff:
    """By path, side and number, each line that is shown. A line that nothing changed is on both sides."""

    files: Mapping[str, Mapping[tuple[Side, int], DiffLine]]

    def at(self, path: str, side: Side, number: int) -> DiffLine | None:
        return self.files.get(path, {}).get((side, number))


def read_diff(patches: Mapping[str, str]) -> Diff:
    """`patches` are the hunks of each file by its path, as a file's `patch` has them: none where GitHub shows no lines (of a
    binary file, or a very large one)."""
    return Diff({path: _lines_of(patch) for path, patch in patches.items()})


def _lines_of(patch: str) -> dict[tuple[Side, int], DiffLine]:
    found: dict[tuple[Side, int], DiffLine] = {}
    hunk = left = right = 0
    for text in patch.split("\n"):
        if begins := _HUNK.match(text):
            hunk, left, right = hunk + 1, int(begins[1]), int(begins[2])
            continue
        line = DiffLine(hunk, text[1:])
        if text.startswith(("-", " ")):
            found["LEFT", left] = line
            left += 1
        if text.startswith(("+", " ")):
            found["RIGHT", right] = line
            right += 1
    return found
