"""Reads git's own account of a difference into one record a file, as GitHub lists them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

ChangeStatus = Literal["added", "removed", "modified", "renamed", "changed"]

_STATUS: dict[str, ChangeStatus] = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "T": "changed"}


@dataclass(frozen=True)
class FileChange:
    """One file of a difference. `sha` is its blob after the change (before it, for a removed file); `patch` holds the
    hunks and is None for a binary file or one without changed lines."""

    path: str
    previous_path: str | None
    status: ChangeStatus
    sha: str
    additions: int
    deletions: int
    patch: str | None


def parse_changes(output: bytes) -> tuple[FileChange, ...]:
    """What `git diff-tree -z --raw --numstat -p` prints: for all files the raw lines, then the counts, then the patches,
    each in the same order. A path of the first two ends in NUL; an empty field stands before the patches."""
    listed, _, patch = output.decode(errors="replace").partition("\0\0")
    fields = iter(listed.split("\0"))
    raw: list[tuple[str, str, str | None, str]] = []
    counts: list[tuple[int, int]] = []
    for field in fields:
        if field.startswith(":"):
            _, _, old_sha, new_sha, code = field[1:].split(" ")
            previous = next(fields) if code[0] in "RC" else None
            raw.append((code[0], old_sha if code[0] == "D" else new_sha, previous, next(fields)))
        elif field:
            added, deleted, path = field.split("\t", 2)
            if not path:  # a rename: the two paths follow as fields of their own
                next(fields), next(fields)
            counts.append((0, 0) if added == "-" else (int(added), int(deleted)))
    patches = _patches(patch)
    return tuple(
        FileChange(path, previous, _STATUS.get(code, "modified"), sha, *count, patch=_patch_of(code, patches))
        for (code, sha, previous, path), count in zip(raw, counts, strict=True)
    )


def _patch_of(code: str, patches: Iterator[str | None]) -> str | None:
    first = next(patches)
    if code != "T":
        return first
    # A file that became a link, or the other way: git shows a removal, then an addition.
    return "\n".join(part for part in (first, next(patches)) if part) or None


def _patches(text: str) -> Iterator[str | None]:
    # Inside a hunk every line starts with ' ', '+', '-' or '\', so this can only be the head of a file's patch.
    for file in ("\n" + text).split("\ndiff --git ")[1:]:
        _, at, hunks = file.partition("\n@@ ")
        yield f"@@ {hunks}".rstrip("\n") if at else None
