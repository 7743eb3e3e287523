"""Where a review comment stands in a pull request's difference: found when it is made, and followed when commits are pushed.

https://docs.github.com/rest/pulls/comments, and of what becomes outdated:
https://docs.github.com/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/commenting-on-a-pull-request
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from emulators.github.diff_lines import DiffLine, at_position, hunk_down_to, line_at, moved
from emulators.github.git_diff import FileChange
from emulators.github.model.discussions import Pull
from emulators.github.model.repositories import Repository
from emulators.github.model.reviews import Place, ReviewThread, Side

_SHA = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Wanted:
    """The place that somebody asks for: a line of a side (and the first one of several), or a position, or the whole file."""

    path: str
    line: int | None = None
    side: Side = "RIGHT"
    start_line: int | None = None
    start_side: Side | None = None
    position: int | None = None
    whole_file: bool = False


class Misplaced(Exception):
    """The difference has no such place; `field` is what of it is wrong."""

    def __init__(self, field: Literal["path", "position", "line", "start_line"], said: str) -> None:
        super().__init__(f"{field} {said}")
        self.field = field
        self.said = said


@dataclass(frozen=True)
class Difference:
    """What a pull request changes, as of one of its commits: since `base`, file by file."""

    base: str
    commit: str
    files: Mapping[str, FileChange]


async def difference(repo: Repository, pull: Pull, commit: str | None = None) -> Difference:
    """What the pull request changes up to a commit (its head)."""
    head = commit or pull.head_sha
    base = await repo.git.merge_base(pull.base_sha, head) or pull.base_sha
    return Difference(base, head, {change.path: change for change in await repo.git.changes(base, head)})


async def belongs(repo: Repository, pull: Pull, commit: str) -> bool:
    """Whether a commit is one of the pull request's; those that were pushed over no longer are."""
    if commit == pull.head_sha:
        return True
    found = await repo.git.commit(commit) if _SHA.fullmatch(commit) else None
    if found is None or not await repo.git.is_ancestor(commit, pull.head_sha):
        return False
    return not await repo.git.is_ancestor(commit, pull.base_sha)


def new_thread(number: int, difference: Difference, wanted: Wanted) -> ReviewThread:
    """A thread without comments yet at the wanted place. Raises Misplaced."""
    change = difference.files.get(wanted.path)
    if change is None:
        raise Misplaced("path", "could not be resolved")
    last, first = (None, None) if wanted.whole_file else _lines(change.patch or "", wanted)
    side: Side = wanted.side
    if last and wanted.position:
        side = "RIGHT" if last.right else "LEFT"
    place = Place(last.number(side) or 0, last.position, wanted.start_line if first else None) if last else None
    return ReviewThread(
        id=number,
        path=wanted.path,
        side=side,
        start_side=(wanted.start_side or side) if first else None,
        original_commit_id=difference.commit,
        original_base=difference.base,
        original=place,
        diff_hunk=hunk_down_to(change.patch or "", last) if last else "",
        commit_id=difference.commit,
        place=place,
    )


async def follow(repo: Repository, pull: Pull) -> None:
    """Put every thread where its lines are now that the head or the base is another."""
    if not pull.threads:
        return
    now = await difference(repo, pull)
    for thread in pull.threads:
        thread.place = await _place_now(repo, thread, now)
        here = thread.path in now.files if thread.original is None else thread.place is not None
        thread.outdated = not here
        if here:
            thread.commit_id = now.commit


def _lines(patch: str, wanted: Wanted) -> tuple[DiffLine, DiffLine | None]:
    """The last and the first line of what is wanted; no first one for a single line."""
    if wanted.position:
        found = at_position(patch, wanted.position)
        if found is None:
            raise Misplaced("position", "is invalid")
        return found, None
    last = line_at(patch, wanted.side, wanted.line) if wanted.line else None
    if last is None:
        raise Misplaced("line", "must be part of the diff")
    if wanted.start_line is None:
        return last, None
    first = line_at(patch, wanted.start_side or wanted.side, wanted.start_line)
    if first is None or first.hunk != last.hunk:
        raise Misplaced("start_line", "must be part of the same hunk as the line.")
    if first.position >= last.position:
        raise Misplaced("start_line", "must precede the end line.")
    return last, first


async def _place_now(repo: Repository, thread: ReviewThread, now: Difference) -> Place | None:
    """Where the lines stand that the thread began with. None when one of them was rewritten or is no longer shown: a comment
    on a deletion needs the deletion."""
    began, change = thread.original, now.files.get(thread.path)
    if began is None or change is None or change.patch is None:
        return None
    line = await _number_now(repo, thread, thread.side, began.line, now)
    shown = line_at(change.patch, thread.side, line) if line else None
    if line is None or shown is None or (shown.right is None) != thread.diff_hunk.rpartition("\n")[2].startswith("-"):
        return None
    if began.start_line is None:
        return Place(line, shown.position)
    start_side = thread.start_side or thread.side
    start = await _number_now(repo, thread, start_side, began.start_line, now)
    first = line_at(change.patch, start_side, start) if start else None
    return Place(line, shown.position, start) if first and first.hunk == shown.hunk else None


async def _number_now(repo: Repository, thread: ReviewThread, side: Side, number: int, now: Difference) -> int | None:
    """Which number a line of the thread's file has now, on the same side."""
    path, ends = thread.path, (thread.original_commit_id, now.commit)
    if side == "LEFT":
        path, ends = now.files[path].previous_path or path, (thread.original_base, now.base)
    for change in await repo.git.changes(*ends):
        if change.path == path:
            return moved(change.patch, number) if change.patch else number
        if change.previous_path == path:
            return None
    return number
