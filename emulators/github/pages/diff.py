"""A difference, file by file, with its lines coloured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emulators.github.git_diff import FileChange
from emulators.github.pages.html import Child, Html, el, joined

# A page stays readable: longer patches are cut, and say so.
_SHOWN_LINES = 600

_CLASS_OF = {"+": "add", "-": "del", "@": "hunk"}

# What stands below a line, by the file's path and the line's position in its patch.
Notes = Mapping[tuple[str, int], Sequence[Html]]


def diff(changes: Sequence[FileChange], notes: Notes | None = None) -> Html:
    return joined([_file(change, notes or {}) for change in changes])


def counts(changes: Sequence[FileChange]) -> Html:
    """`+3 −1` over all files."""
    added, removed = sum(change.additions for change in changes), sum(change.deletions for change in changes)
    return joined([el("span", f"+{added}", class_="plus"), " ", el("span", f"−{removed}", class_="minus")])


def diff_lines(lines: Sequence[str]) -> list[Html]:
    """Lines of a patch, each in the colour of what it does."""
    return [el("span", line or " ", class_=_CLASS_OF.get(line[:1])) for line in lines]


def _file(change: FileChange, notes: Notes) -> Html:
    name = f"{change.previous_path} → {change.path}" if change.previous_path else change.path
    head = el("header", el("code", name), f" · {change.status} · ", counts([change]))
    if change.patch is None:
        return el("div", head, el("div", "Nothing to show: binary, or only moved.", class_="body soft"), class_="file")
    lines = change.patch.split("\n")
    shown: list[Child] = []
    for position, line in enumerate(diff_lines(lines[:_SHOWN_LINES])):
        shown += [line, *notes.get((change.path, position), ())]
    if len(lines) > _SHOWN_LINES:
        shown.append(el("span", f"… {len(lines) - _SHOWN_LINES} more lines", class_="hunk"))
    return el("div", head, el("div", shown, class_="diff"), class_="file")
