"""Protection and rulesets as one list of demands on a branch, without those that somebody may bypass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emulators.github.model.accounts import Account
from emulators.github.model.repositories import Repository
from emulators.github.model.roles import Role, at_least
from emulators.github.model.rules import Bypass, Protection, Restrictions, Rule, Ruleset

# Roles as rulesets number them.
# https://docs.github.com/rest/repos/rules#create-a-repository-ruleset
_ROLES: dict[int, Role] = {1: "read", 2: "maintain", 3: "triage", 4: "write", 5: "admin"}


@dataclass(frozen=True)
class Who:
    """Who wants to change something: `app_id` and `app_slug` when it is an App."""

    account: Account
    app_id: int | None = None
    app_slug: str | None = None


@dataclass(frozen=True)
class Demand:
    """One rule that holds; `ruleset` is None when it comes from the branch's protection."""

    rule: Rule
    ruleset: Ruleset | None = None


def demands_on(repo: Repository, ref: str, who: Who | None, *, merging: bool = False) -> list[Demand]:
    """What holds for a change of a ref by somebody; `who` None: whoever it is."""
    found: list[Demand] = []
    protection = repo.rules.protections.get(ref.removeprefix("refs/heads/")) if ref.startswith("refs/heads/") else None
    # "By default, the restrictions of a branch protection rule don't apply to people with admin permissions."
    # https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches#do-not-allow-bypassing-the-above-settings
    if protection and (protection.enforce_admins or who is None or not _is_admin(repo, who)):
        found += [Demand(rule) for rule in _rules_of(protection, who)]
    for ruleset in repo.rules.applying(ref, repo.default_branch):
        if who is None or not any(_bypasses(repo, who, one, merging) for one in ruleset.bypass):
            found += [Demand(rule, ruleset) for rule in ruleset.rules]
    return found


def _rules_of(protection: Protection, who: Who | None) -> Iterator[Rule]:
    """A protection in the words of rulesets."""
    if not protection.force_pushes:
        yield Rule("non_fast_forward")
    if not protection.deletions:
        yield Rule("deletion")
    if protection.locked:
        yield Rule("locked")
    if protection.linear_history:
        yield Rule("required_linear_history")
    if protection.signatures:
        yield Rule("required_signatures")
    if who and protection.restrictions and not _allowed(protection.restrictions, who):
        yield Rule("update")
        if protection.block_creations:
            yield Rule("creation")
    if protection.checks and protection.checks.contexts:
        checks = [
            {"context": name, **({"integration_id": app} if app else {})} for name, app in protection.checks.contexts.items()
        ]
        parameters = {
            "required_status_checks": checks,
            "strict_required_status_checks_policy": protection.checks.strict,
        }
        yield Rule("required_status_checks", parameters)
    reviews = protection.reviews
    if reviews and not (who and {who.account.login, who.app_slug} & reviews.bypass):
        parameters = {
            "required_approving_review_count": reviews.count,
            "dismiss_stale_reviews_on_push": reviews.dismiss_stale,
        }
        yield Rule("pull_request", parameters)
    if protection.conversations:
        yield Rule("conversations")


def _allowed(limits: Restrictions, who: Who) -> bool:
    return who.account.login in limits.users or who.app_slug in limits.apps


def _is_admin(repo: Repository, who: Who) -> bool:
    return who.app_id is None and repo.role_of(who.account) == "admin"


def _bypasses(repo: Repository, who: Who, bypass: Bypass, merging: bool) -> bool:
    if bypass.mode == "pull_request" and not merging:
        return False
    match bypass.actor_type:
        case "Integration":
            return who.app_id is not None and who.app_id == bypass.actor_id
        case "User":
            return who.app_id is None and who.account.id == bypass.actor_id
        case "OrganizationAdmin":
            return who.app_id is None and repo.role_of(who.account) == "admin"
        case "RepositoryRole":
            role = _ROLES.get(bypass.actor_id or 0)
            return who.app_id is None and role is not None and at_least(repo.role_of(who.account), role)
        case _:
            return False
