"""What a push breaks. The sentences are GitHub's.

https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/troubleshooting-rules
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emulators.github.rules.demands import Demand
from emulators.github.rules.results import Result, unmet_checks

NOT_AUTHORIZED = (
    "You're not authorized to push to this branch. Visit https://docs.github.com/repositories/configuring-branches-and-merges-"
    "in-your-repository/managing-protected-branches/about-protected-branches for more information."
)
NO_UPDATE = "Cannot update this protected ref."


@dataclass(frozen=True)
class RefChange:
    """A ref that is to move. `commits` are new on it, `merges` those of them with several parents, `results` what the checks
    on its new commit have come to."""

    ref: str
    created: bool
    deleted: bool
    forced: bool
    merges: int
    results: dict[str, list[Result]]


@dataclass(frozen=True)
class Broken:
    demand: Demand
    sentence: str


def broken_by(demands: Sequence[Demand], change: RefChange) -> list[Broken]:
    return [Broken(demand, sentence) for demand in demands for sentence in _sentences(demand, change)]


def _sentences(demand: Demand, change: RefChange) -> list[str]:
    rule, classic = demand.rule, demand.ruleset is None
    if rule.type == "deletion":
        return ["Cannot delete this branch"] if change.deleted else []
    if change.deleted:
        return []
    if rule.type == "creation":
        return ["Cannot create ref due to creations being restricted."] if change.created else []
    if change.created and rule.type == "update":
        return []
    match rule.type:
        case "non_fast_forward":
            return ["Cannot force-push to this branch"] if change.forced else []
        case "locked":
            return ["Cannot change this locked branch"]
        case "update":
            return [NOT_AUTHORIZED if classic else NO_UPDATE]
        case "required_linear_history":
            return ["This branch must not contain merge commits."] if change.merges else []
        case "required_signatures":
            return ["Commits must have verified signatures."]
        case "pull_request":
            return ["Changes must be made through a pull request."]
        case "required_status_checks":
            missing = unmet_checks(rule.parameters, change.results)
            total = len(rule.parameters["required_status_checks"])
            return missing if len(missing) < 2 else [f"{len(missing)} of {total} required status checks are expected."]
        case _:
            return []


def words_of_push(ref: str, broken: Sequence[Broken], page: str) -> tuple[str, list[str]]:
    """The reason that git shows beside a refused ref, and the lines before it. `page` is the repository's."""
    classic = all(one.demand.ruleset is None for one in broken)
    items = [line for one in broken for line in (f"- {one.sentence}", "")]
    if classic:
        return "protected branch hook declined", [f"error: GH006: Protected branch update failed for {ref}.", "", *items]
    encoded = ref.replace("/", "%2F")
    head = [
        f"error: GH013: Repository rule violations found for {ref}.",
        f"Review all repository rules at {page}/rules?ref={encoded}",
        "",
    ]
    return "push declined due to repository rule violations", [*head, *items]


def words_of_api(broken: Sequence[Broken]) -> str:
    """The same as an answer of the API has it."""
    if all(one.demand.ruleset is None for one in broken):
        return broken[0].sentence
    return "Repository rule violations found\n\n" + "".join(f"{one.sentence}\n\n" for one in broken)
