"""What a pull request does not meet yet of what its base demands.

https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulators.github.model.discussions import Pull
from emulators.github.model.repositories import Repository
from emulators.github.model.roles import at_least
from emulators.github.rules.demands import Demand
from emulators.github.rules.pushes import NO_UPDATE, NOT_AUTHORIZED, Broken
from emulators.github.rules.results import Result, unmet_checks

BEHIND = "Head branch is not up to date with the base branch."


@dataclass(frozen=True)
class Standing:
    """How a pull request stands. `behind`: its base has commits that it lacks."""

    approvals: int
    changes_requested: bool
    unresolved: bool
    behind: bool
    results: dict[str, list[Result]]


def standing_of(repo: Repository, pull: Pull, *, behind: bool, results: dict[str, list[Result]]) -> Standing:
    """Of each reviewer who may write, the latest review that isn't a mere comment counts."""
    latest: dict[int, str] = {}
    for review in pull.reviews:
        if review.state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED") and at_least(repo.role_of(review.author), "write"):
            latest[review.author.id] = review.state
    states = list(latest.values())
    unresolved = any(thread.resolved_by is None and any(not one.pending for one in thread.comments) for thread in pull.threads)
    return Standing(states.count("APPROVED"), "CHANGES_REQUESTED" in states, unresolved, behind, results)


def unmet(demands: Sequence[Demand], standing: Standing, method: str | None = None) -> list[Broken]:
    """`method` None: what no method would get past."""
    return [Broken(demand, sentence) for demand in demands for sentence in _sentences(demand, standing, method)]


def _sentences(demand: Demand, standing: Standing, method: str | None) -> list[str]:
    rule = demand.rule
    match rule.type:
        case "pull_request":
            return _of_reviews(rule.parameters, standing, method)
        case "required_status_checks":
            missing = unmet_checks(rule.parameters, standing.results)
            if rule.parameters.get("strict_required_status_checks_policy") and standing.behind:
                missing.append(BEHIND)
            return missing
        case "required_linear_history":
            return ["This branch must not contain merge commits."] if method == "merge" else []
        case "conversations":
            return ["All comments must be resolved."] if standing.unresolved else []
        case "locked":
            return ["Cannot change this locked branch"]
        case "update":
            return [NOT_AUTHORIZED if demand.ruleset is None else NO_UPDATE]
        case _:
            return []


def _of_reviews(given: Mapping[str, Any], standing: Standing, method: str | None) -> list[str]:
    count, sentences = int(given.get("required_approving_review_count", 0)), []
    if count and standing.changes_requested:
        sentences.append("Changes have been requested.")
    elif standing.approvals < count:
        reviews = "1 approving review is" if count == 1 else f"{count} approving reviews are"
        sentences.append(f"At least {reviews} required by reviewers with write access.")
    if given.get("required_review_thread_resolution") and standing.unresolved:
        sentences.append("A conversation must be resolved before this pull request can be merged.")
    allowed = given.get("allowed_merge_methods")
    if allowed and method is not None and method not in allowed:
        sentences.append("This merge method is not allowed by the rules of the base branch.")
    return sentences


def mergeable_state(demands: Sequence[Demand], standing: Standing, *, mergeable: bool | None, draft: bool) -> str:
    """How GitHub sums it up. https://docs.github.com/graphql/reference/enums#mergestatestatus"""
    if mergeable is None:
        return "unknown"
    if not mergeable:
        return "dirty"
    if draft:
        return "draft"
    if broken := unmet(demands, standing):
        return "behind" if all(one.sentence == BEHIND for one in broken) else "blocked"
    states = {result.state for results in standing.results.values() for result in results}
    return "clean" if states <= {"passed"} else "unstable"
