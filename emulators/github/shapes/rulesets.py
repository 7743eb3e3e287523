"""Rulesets and the rules on a branch in JSON. https://docs.github.com/rest/repos/rules"""

from __future__ import annotations

from typing import Any

from emulators.github.clock import stamp
from emulators.github.model.repositories import Repository
from emulators.github.model.rules import Rule, Ruleset
from emulators.github.shapes.addresses import Addresses, node_id


def ruleset_shape(at: Addresses, repo: Repository, shown: Ruleset, *, whole: bool) -> dict[str, Any]:
    """`repository-ruleset`; lists leave out what it says in detail."""
    shape: dict[str, Any] = {
        "id": shown.id,
        "name": shown.name,
        "target": shown.target,
        "source_type": "Repository",
        "source": repo.full_name,
        "enforcement": shown.enforcement,
        "node_id": node_id("RRS", shown.id),
        "_links": {
            "self": {"href": f"{at.repository(repo)}/rulesets/{shown.id}"},
            "html": {"href": f"{at.page(repo)}/rules/{shown.id}"},
        },
        "created_at": stamp(shown.created_at),
        "updated_at": stamp(shown.updated_at),
    }
    if whole:
        shape["conditions"] = {"ref_name": {"include": list(shown.include), "exclude": list(shown.exclude)}}
        shape["rules"] = [_rule(one) for one in shown.rules]
        shape["bypass_actors"] = [
            {"actor_id": one.actor_id, "actor_type": one.actor_type, "bypass_mode": one.mode} for one in shown.bypass
        ]
        shape["current_user_can_bypass"] = "never"
    return shape


def rule_on_branch(repo: Repository, ruleset: Ruleset, shown: Rule) -> dict[str, Any]:
    """`repository-rule-detailed`."""
    source = {"ruleset_source_type": "Repository", "ruleset_source": repo.full_name, "ruleset_id": ruleset.id}
    return {**_rule(shown), **source}


def _rule(shown: Rule) -> dict[str, Any]:
    return {"type": shown.type, **({"parameters": dict(shown.parameters)} if shown.parameters else {})}
