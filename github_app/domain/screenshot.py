"""A picture that an agent attached to its work: what it shows, when it was taken and of which files. Values only."""

from __future__ import annotations

from typing import Literal

import msgspec

# Before the change, after it, or neither.
Moment = Literal["before", "after", ""]

# More than a reader looks at.
MAX_SCREENSHOTS = 10


class Stamp(msgspec.Struct, frozen=True):
    """`commit` is what the sandbox's working tree was checked out at, empty where its git could not tell, and `on_top` says
    that files differed from it; `tree` is git's name for all files as they were, empty likewise. All are the sandbox's word.
    `at` is Harvest's own time, in seconds since the epoch."""

    commit: str
    on_top: bool
    at: float
    tree: str = ""


class Screenshot(msgspec.Struct, frozen=True):
    """One that people can see at `url`. `caption` is the agent's, and not yet harmless; `commit_url` is its commit on GitHub,
    empty for one that is not there."""

    url: str
    caption: str
    moment: Moment
    stamp: Stamp
    commit_url: str = ""
