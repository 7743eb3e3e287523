"""Reads what git lists: which paths commits change, and how."""

from __future__ import annotations

from dataclasses import dataclass

REGULAR, EXECUTABLE, SYMLINK, GITLINK = "100644", "100755", "120000", "160000"
ABSENT = "000000"


@dataclass(frozen=True)
class Change:
    """One path in one commit. `old_blobs` are its contents before (one for each parent that had it); a deleted path has the
    mode ABSENT. `size` is in bytes, None where there is no content to measure."""

    commit: str
    path: bytes
    old_modes: tuple[str, ...]
    mode: str
    old_blobs: tuple[str, ...]
    blob: str
    size: int | None = None

    @property
    def deleted(self) -> bool:
        return self.mode == ABSENT

    @property
    def has_content(self) -> bool:
        """Whether it is a file or a link, whose content can be looked at."""
        return self.mode.startswith(("100", "120"))

    @property
    def shown_path(self) -> str:
        """The path for people: decoded, with control characters escaped, cut."""
        text = self.path.decode("utf-8", "backslashreplace")
        text = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
        return text if len(text) <= 200 else f"{text[:199]}…"


class ListingBroken(ValueError):
    """What git listed doesn't read as documented: nothing may be concluded from it."""


class ListingTooLong(Exception):
    """There are more changes than are looked at."""


def parse_raw(listing: bytes, commit: str = "", *, most: int | None = None) -> list[Change]:
    """Parse `git diff-tree -r -z --raw --no-abbrev`, of one pair of trees or, with `--stdin`, of many commits.

    With `--stdin` each commit's id stands before its changes. A merge listed with `-c` has one colon, mode and id for each
    parent. https://git-scm.com/docs/diff-format

    Raises ListingBroken, and ListingTooLong when there are more than `most` changes.
    """
    fields = listing.split(b"\0")
    if fields.pop() != b"":
        raise ListingBroken("git's listing of changes was cut off")
    changes: list[Change] = []
    rest = iter(fields)
    for item in rest:
        if not item.startswith(b":"):
            commit = item.decode("ascii")
            continue
        if len(changes) == most:
            raise ListingTooLong
        parents = len(item) - len(item.lstrip(b":"))
        words = item[parents:].decode("ascii").split(" ")
        path = next(rest, b"")
        if len(words) != 2 * (parents + 1) + 1 or not path:
            raise ListingBroken(f"git's listing of changes has an entry that can't be read: {item[:200]!r}")
        modes, blobs = words[: parents + 1], words[parents + 1 : -1]
        old = tuple(blob for blob in blobs[:-1] if blob.strip("0"))
        changes.append(Change(commit, path, tuple(modes[:-1]), modes[-1], old, blobs[-1]))
    return changes
