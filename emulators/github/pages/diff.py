"""A difference, file by file, with its lines coloured."""

from __future__ import annotations

from collections.abc import Sequence

from emulators.github.git_diff import FileChange
from emulators.github.pages.html import Html, el, joined

# A page stays readable: longer patches are cut, and say so.
_SHOWN_LINES = 600

_CLASS_OF = {"+": "add", "-": "del", "@": "hunk"}


def diff(changes: Sequence[FileChange]) -> Html:
    return joined([_file(change) for change in changes])


def counts(changes: Sequence[FileChange]) -> Html:
    """`+3 −1` over all files."""
    added, removed = sum(change.additions for change in changes), sum(change.deletions for change in changes)
    return joined([el("span", f"+{added}", class_="plus"), " ", el("span", f"−{removed}", class_="minus")])


def _file(change: FileChange) -> Html:
    name = f"{change.previous_path} → {change.path}" if change.previous_path else change.path
    head = el("header", el("code", name), f" · {change.status} · ", counts([change]))
    if change.patch is None:
        return el("div", head, el("div", "Nothing to show: binary, or only moved.", class_="body soft"), class_="file")
    lines = change.patch.split("\n")
    shown = [el("span", line or " ", class_=_CLASS_OF.get(line[:1])) for line in lines[:_SHOWN_LINES]]
    if len(lines) > _SHOWN_LINES:
        shown.append(el("span", f"… {len(lines) - _SHOWN_LINES} more lines", class_="hunk"))
    return el("div", head, el("div", shown, class_="diff"), class_="file")
