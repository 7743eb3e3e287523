"""Which paths a repository keeps for people: patterns as in CODEOWNERS and `.gitignore`, matched whatever the case. Pure.

One without a slash inside stands for a name at any depth, others begin at the repository's root. `*` and `?` stay within a
name, `**` stands for any number of folders, and what names a folder stands for all below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

ANY_DEPTH = "**"


def is_protected(path: bytes, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns stands for that path of a tree."""
    names = path.decode("utf-8", "replace").casefold().split("/")
    return any(_stands_for(_parts(pattern), names) for pattern in patterns)


def _parts(pattern: str) -> list[str]:
    parts = pattern.casefold().strip("/").split("/")
    from_the_root = len(parts) > 1 or pattern.startswith("/")
    return parts if from_the_root else [ANY_DEPTH, *parts]


def _stands_for(parts: Sequence[str], names: Sequence[str]) -> bool:
    """Part by part, keeping at how many names each could have ended: a pattern of many stars takes no longer for it."""
    ends = {0}
    for part in parts:
        if part == ANY_DEPTH:
            ends = set(range(min(ends), len(names) + 1)) if ends else ends
        else:
            ends = {end + 1 for end in ends if end < len(names) and fnmatchcase(names[end], part)}
    return bool(ends)
