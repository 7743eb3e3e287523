"""A suggestion in a review comment, drawn as what it would change.

https://docs.github.com/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/incorporating-feedback-in-your-pull-request
"""

from __future__ import annotations

from collections.abc import Sequence

from emulators.github.diff_lines import read_patch
from emulators.github.model.reviews import ReviewThread
from emulators.github.pages.html import Html, el


def commented_lines(thread: ReviewThread) -> list[str]:
    """The lines that a thread began with, as the suggestions in it replace them. None of a deletion or a whole file."""
    began = thread.original
    if began is None or thread.side == "LEFT":
        return []
    first = began.start_line if began.start_line and thread.start_side == "RIGHT" else began.line
    shown = read_patch(thread.diff_hunk)
    return [line.text[1:] for line in shown if line.right is not None and first <= line.right <= began.line]


def suggestion(replaced: Sequence[str], content: str) -> Html:
    """The lines that go, then those that come; a suggestion without any only takes away."""
    gone = [el("span", f"-{line}", class_="del") for line in replaced]
    come = [el("span", f"+{line}", class_="add") for line in content.removesuffix("\n").split("\n")] if content else []
    return el("div", el("header", "Suggested change"), el("div", gone, come, class_="diff"), class_="file suggestion")
