"""What a repository demands of changes to its branches: branch protections and rulesets, as they were set.

https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class RequiredChecks:
    """Contexts by name, each with the App that it must come from (None: any). `strict`: the branch must be up to date."""

    contexts: dict[str, int | None]
    strict: bool = False


@dataclass(frozen=True)
class RequiredReviews:
    """`bypass` are the logins of people, and the slugs of Apps, who need no pull request."""

    count: int
    dismiss_stale: bool = False
    bypass: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Restrictions:
    """Who alone may push: logins of people, slugs of teams and Apps."""

    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Protection:
    """The protection of one branch. As it stands without more, it forbids force pushes and the branch's deletion."""

    checks: RequiredChecks | None = None
    reviews: RequiredReviews | None = None
    restrictions: Restrictions | None = None
    enforce_admins: bool = False
    linear_history: bool = False
    force_pushes: bool = False
    deletions: bool = False
    block_creations: bool = False
    conversations: bool = False
    signatures: bool = False
    locked: bool = False
    fork_syncing: bool = False


@dataclass(frozen=True)
class Rule:
    """One rule of a ruleset, with GitHub's name and parameters.
    https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets
    """

    type: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Bypass:
    """Who a ruleset does not hold: always, or only when merging a pull request."""

    actor_type: str
    actor_id: int | None
    mode: Literal["always", "pull_request", "exempt"]


@dataclass(eq=False)
class Ruleset:
    """`include` and `exclude` are patterns of full refs, `~DEFAULT_BRANCH` or `~ALL`."""

    id: int
    name: str
    target: Literal["branch", "tag", "push"]
    enforcement: Literal["disabled", "active", "evaluate"]
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    bypass: tuple[Bypass, ...]
    rules: tuple[Rule, ...]
    created_at: datetime
    updated_at: datetime

    def applies_to(self, ref: str, default_branch: str) -> bool:
        """https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/creating-rulesets-for-a-repository#using-fnmatch-syntax"""
        kind = "refs/tags/" if self.target == "tag" else "refs/heads/"
        if self.enforcement != "active" or not ref.startswith(kind):
            return False

        def fits(pattern: str) -> bool:
            if pattern == "~DEFAULT_BRANCH":
                return ref == f"refs/heads/{default_branch}"
            return pattern == "~ALL" or _fits(pattern, ref)

        return any(map(fits, self.include)) and not any(map(fits, self.exclude))


@dataclass(eq=False)
class BranchRules:
    """All that one repository demands. Protections are by the branch's name."""

    protections: dict[str, Protection] = field(default_factory=dict)
    rulesets: dict[int, Ruleset] = field(default_factory=dict)

    def applying(self, ref: str, default_branch: str) -> list[Ruleset]:
        return [one for one in self.rulesets.values() if one.applies_to(ref, default_branch)]

    def protects(self, branch: str, default_branch: str) -> bool:
        """Whether a branch counts as protected: by a protection, or by a ruleset that is active."""
        return branch in self.protections or bool(self.applying(f"refs/heads/{branch}", default_branch))

    @property
    def any(self) -> bool:
        return bool(self.protections or self.rulesets)


def _fits(pattern: str, ref: str) -> bool:
    """Like Ruby's fnmatch with FNM_PATHNAME: `*` ends at a slash, `**/` doesn't."""
    parts, names = pattern.split("/"), ref.split("/")
    if not parts:
        return not names
    if "**" in parts:
        at = parts.index("**")
        head, tail = parts[:at], parts[at + 1 :]
        if not _fits("/".join(head), "/".join(names[:at])):
            return False
        return any(_fits("/".join(tail), "/".join(names[start:])) for start in range(at, len(names)))
    return len(parts) == len(names) and all(map(fnmatch.fnmatchcase, names, parts))
