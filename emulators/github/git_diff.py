"""Reads git's own accounts of a difference (raw, numstat, patch) into one record a file, as GitHub lists them."""

from __future__ import annotations

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


def parse_changes(raw: bytes, counts: bytes, patch: bytes) -> tuple[FileChange, ...]:
    """`raw` and `counts` are NUL-separated (`-z`), `patch` is plain; git lists the same files in the same order in all."""
    numbers = _parse_counts(counts.decode(errors="replace"))
    patches = iter(_parse_patches(patch.decode(errors="replace")))
    changes: list[FileChange] = []
    fields = iter(raw.decode(errors="replace").split("\0"))
    for header in fields:
        if not header:
            break
        _, _, old_sha, new_sha, code = header.lstrip(":").split(" ")
        previous = next(fields) if code[0] in "RC" else None
        path = next(fields)
        status = _STATUS.get(code[0], "modified")
        additions, deletions = numbers[len(changes)]
        sha = old_sha if status == "removed" else new_sha
        hunks = next(patches)
        if status == "changed":  # a file that became a link, or the other way: git shows a removal, then an addition
            hunks = "\n".join(part for part in (hunks, next(patches)) if part) or None
        changes.append(FileChange(path, previous, status, sha, additions, deletions, hunks))
    return tuple(changes)


def _parse_counts(text: str) -> list[tuple[int, int]]:
    numbers = []
    fields = iter(text.split("\0"))
    for field in fields:
        if not field:
            break
        added, deleted, path = field.split("\t")
        if not path:  # a rename: the two paths follow as fields of their own
            next(fields), next(fields)
        numbers.append((0, 0) if added == "-" else (int(added), int(deleted)))
    return numbers


def _parse_patches(text: str) -> list[str | None]:
    # Inside a hunk every line starts with ' ', '+', '-' or '\', so this can only be the head of a file's patch.
    files = ("\n" + text).split("\ndiff --git ")[1:]
    patches: list[str | None] = []
    for file in files:
        _, at, hunks = file.partition("\n@@ ")
        patches.append(f"@@ {hunks}".rstrip("\n") if at else None)
    return patches
