"""Protections and rulesets as GitHub's API describes them, read into what is kept.

What GitHub has and is not enforced here is refused: it would protect nothing.
"""

from __future__ import annotations

from typing import Any

from emulators.github.clock import now
from emulators.github.errors import unprocessable
from emulators.github.model.rules import (
    Bypass,
    Protection,
    RequiredChecks,
    RequiredReviews,
    Restrictions,
    Rule,
    Ruleset,
)

_ENFORCED = frozenset(
    {
        "creation", "update", "deletion", "required_linear_history", "required_signatures", "pull_request",
        "required_status_checks", "non_fast_forward",
    }
)  # fmt: skip
_NOT_ENFORCED = ("require_code_owner_review", "require_last_push_approval", "required_reviewers", "dismissal_restriction")


def protection_of(asked: dict[str, Any]) -> Protection:
    """The body of a request that sets all of it: what isn't named is off. Raises Refused 422."""
    return Protection(
        checks=_checks(asked["required_status_checks"]),
        reviews=_reviews(asked["required_pull_request_reviews"]),
        restrictions=_restrictions(asked["restrictions"]),
        enforce_admins=bool(asked["enforce_admins"]),
        linear_history=bool(asked.get("required_linear_history")),
        force_pushes=bool(asked.get("allow_force_pushes")),
        deletions=bool(asked.get("allow_deletions")),
        block_creations=bool(asked.get("block_creations")),
        conversations=bool(asked.get("required_conversation_resolution")),
        locked=bool(asked.get("lock_branch")),
        fork_syncing=bool(asked.get("allow_fork_syncing")),
    )


def ruleset_of(number: int, asked: dict[str, Any]) -> Ruleset:
    """The body of a request that makes one. Raises Refused 422."""
    moment = now()
    return Ruleset(
        id=number,
        name=asked["name"],
        target=asked.get("target", "branch"),
        enforcement=asked["enforcement"],
        include=refs_of(asked.get("conditions"), "include"),
        exclude=refs_of(asked.get("conditions"), "exclude"),
        bypass=bypass_of(asked.get("bypass_actors") or []),
        rules=rules_of(asked.get("rules") or []),
        created_at=moment,
        updated_at=moment,
    )


def refs_of(conditions: dict[str, Any] | None, which: str) -> tuple[str, ...]:
    return tuple(((conditions or {}).get("ref_name") or {}).get(which) or ())


def rules_of(asked: list[dict[str, Any]]) -> tuple[Rule, ...]:
    rules = []
    for one in asked:
        parameters = one.get("parameters") or {}
        if one["type"] not in _ENFORCED:
            raise unprocessable(f"The rule {one['type']} is not emulated.")
        if unknown := [name for name in _NOT_ENFORCED if parameters.get(name)]:
            raise unprocessable(f"{one['type']}.{unknown[0]} is not emulated.")
        rules.append(Rule(one["type"], parameters))
    return tuple(rules)


def bypass_of(asked: list[dict[str, Any]]) -> tuple[Bypass, ...]:
    for one in asked:
        if one["actor_type"] in ("Team", "DeployKey"):
            raise unprocessable(f"Bypassing by a {one['actor_type']} is not emulated.")
    return tuple(Bypass(one["actor_type"], one.get("actor_id"), one.get("bypass_mode", "always")) for one in asked)


def _checks(asked: dict[str, Any] | None) -> RequiredChecks | None:
    """`contexts` by name, or `checks` with the App that must say it (-1: any)."""
    if asked is None:
        return None
    contexts: dict[str, int | None] = dict.fromkeys(asked.get("contexts") or ())
    for one in asked.get("checks") or ():
        app = one.get("app_id")
        contexts[one["context"]] = None if app == -1 else app
    return RequiredChecks(contexts, bool(asked["strict"]))


def _reviews(asked: dict[str, Any] | None) -> RequiredReviews | None:
    if asked is None:
        return None
    for setting in ("require_code_owner_reviews", "require_last_push_approval", "dismissal_restrictions"):
        if asked.get(setting):
            raise unprocessable(f"{setting} is not emulated.")
    bypass = asked.get("bypass_pull_request_allowances") or {}
    if bypass.get("teams"):
        raise unprocessable("bypass_pull_request_allowances.teams is not emulated.")
    names = frozenset([*(bypass.get("users") or ()), *(bypass.get("apps") or ())])
    count = int(asked.get("required_approving_review_count", 1))
    return RequiredReviews(count, bool(asked.get("dismiss_stale_reviews")), names)


def _restrictions(asked: dict[str, Any] | None) -> Restrictions | None:
    if asked is None:
        return None
    if asked.get("teams"):
        raise unprocessable("restrictions.teams is not emulated.")
    return Restrictions(users=tuple(asked["users"]), apps=tuple(asked.get("apps") or ()))
