"""How a repository lets its pull requests be merged.

https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

MergeMethod = Literal["merge", "squash", "rebase"]

# The repository's field that allows each.
ALLOWING: dict[MergeMethod, str] = {
    "merge": "allow_merge_commit",
    "squash": "allow_squash_merge",
    "rebase": "allow_rebase_merge",
}


@dataclass
class MergeSettings:
    """As a new repository has them."""

    methods: set[MergeMethod] = field(default_factory=lambda: {"merge", "squash", "rebase"})
    auto_merge: bool = False
    delete_branch: bool = False
